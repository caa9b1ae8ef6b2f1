import { fileTypeFromBuffer } from 'file-type';
import { Fault } from '../../platform/fault.js';
import { type Accepted, fits } from './domain/accepted.js';
import { readImageSize } from './domain/image-size.js';
import { isImageInput, unknownMime } from './domain/media-types.js';
import type { HeadCheck } from './head-check.js';

/** file-type decides within these many bytes. */
const magicBytes = 4_100;
/** A JPEG may carry colour profiles and thumbnails before its size. */
const maxHeadBytes = 1024 * 1024;
/** A small file can claim a picture that fills a node's memory. */
const maxImagePixels = 64_000_000;

export interface UploadCheckOptions {
  /** `image`: what ComfyUI's image loader reads. */
  accept: Accepted;
  /** Used when the bytes do not tell. */
  declaredMime?: string | undefined;
}

/** Looks at what a file is, not at what it is called. `mime` is set once the check has passed. */
export class UploadCheck implements HeadCheck {
  readonly firstLookBytes = magicBytes;
  readonly maxHeadBytes = maxHeadBytes;
  mime = unknownMime;

  constructor(private readonly options: UploadCheckOptions) {}

  isEnough(head: Uint8Array): boolean {
    return (
      jpegMarker.some((byte, index) => head[index] !== byte) ||
      readImageSize('image/jpeg', head) !== 'incomplete'
    );
  }

  async check(head: Uint8Array): Promise<void> {
    if (head.byteLength === 0) throw new Fault('unsupported_media', 'The file is empty.');
    const detected = (await fileTypeFromBuffer(head))?.mime;
    const { accept, declaredMime } = this.options;
    if (accept === 'image' || (accept === 'media' && isOfImage(detected ?? declaredMime)))
      refuseUnlessImage(detected, head);
    else if (!fits(accept, detected))
      throw new Fault(
        'unsupported_media',
        `The file is no ${accept}: it is ${detected ?? 'of an unknown kind'}.`,
      );
    this.mime = detected ?? declaredMime ?? unknownMime;
  }
}

const isOfImage = (mime: string | undefined): boolean =>
  mime?.startsWith('image/') === true && mime !== 'image/svg+xml';

/** Only JPEG keeps its size at no fixed place; the other headers are in the first bytes. */
const jpegMarker = [0xff, 0xd8, 0xff];

function refuseUnlessImage(mime: string | undefined, head: Uint8Array): void {
  if (mime === undefined || !isImageInput(mime)) {
    throw new Fault(
      'unsupported_media',
      'The file is not an image: PNG, JPEG, WebP, GIF, BMP and TIFF are accepted.',
    );
  }
  const size = readImageSize(mime, head);
  // Longer files were looked at up to `maxHeadBytes`, shorter ones to their end.
  if (size === 'incomplete' && head.byteLength < maxHeadBytes)
    throw new Fault('unsupported_media', 'The image breaks off within its header.');
  if (typeof size === 'string') return;
  if (size.width === 0 || size.height === 0) throw new Fault('unsupported_media', 'The image has no pixels.');
  if (size.width * size.height > maxImagePixels) {
    throw new Fault(
      'unsupported_media',
      `The image has ${size.width}×${size.height} pixels; at most ${maxImagePixels} are accepted.`,
    );
  }
}
