/**
 * One rule for every file that goes out, of whatever door: what a browser would run is saved instead of shown. Judged by the type
 * *and* the name, since either may lie: only a type that is known to be inert, under a name that says nothing else, is shown.
 */
import { contentDisposition } from './content-disposition.js';
import type { ServedFile } from './answer-range.js';

interface StoredContent {
  filename: string;
  mime: string;
  sha256: string;
  sizeBytes: number;
  createdAt: Date;
}

interface ShownAs {
  contentType: string;
  disposition: string;
}

const inertTypes =
  /^(image\/(?!svg)[\w.+-]+|video\/[\w.+-]+|audio\/[\w.+-]+|model\/[\w.+-]+|application\/(json|octet-stream|zip)|text\/plain)$/;
const activeName = /\.(x?html?|xht|shtml|mht|mhtml|m?js|css|svgz?|xml|xslt?|rdf|pdf)$/i;

function isActiveContent(mime: string, filename: string): boolean {
  const [type = ''] = mime.toLowerCase().split(';', 1);
  return !inertTypes.test(type.trim()) || activeName.test(filename.trim());
}

/** `inline: ''` leaves the word out, as ComfyUI does. */
export function shownAs(
  { mime, filename }: Pick<StoredContent, 'mime' | 'filename'>,
  inline: 'inline' | '' = 'inline',
): ShownAs {
  const isActive = isActiveContent(mime, filename);
  return {
    contentType: isActive ? 'application/octet-stream' : mime,
    disposition: contentDisposition(isActive ? 'attachment' : inline, filename),
  };
}

export function servedFile(file: StoredContent, inline: 'inline' | '' = 'inline'): ServedFile {
  return {
    sizeBytes: file.sizeBytes,
    etag: `"${file.sha256}"`,
    lastModified: file.createdAt,
    ...shownAs(file, inline),
    ...(isActiveContent(file.mime, file.filename) && { cacheControl: 'no-store' }),
  };
}
