/** What a place for a file takes, by the media type that the bytes tell. */
import { isImageInput } from './media-types.js';

/** `media`: any file, but what says that it is an image must be one. `any`: every file that is not empty. */
export type Accepted = 'image' | 'video' | 'audio' | 'media' | 'any';

const movingPictures = new Set(['image/gif', 'image/webp', 'image/apng']);

export function fits(accept: Accepted, mime: string | undefined): boolean {
  switch (accept) {
    case 'any':
    case 'media':
      return true;
    case 'image':
      return mime !== undefined && isImageInput(mime);
    case 'video':
      return mime !== undefined && (mime.startsWith('video/') || movingPictures.has(mime));
    case 'audio':
      return mime !== undefined && (mime.startsWith('audio/') || mime.startsWith('video/'));
  }
}
