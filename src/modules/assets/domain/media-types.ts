/** File name extension by media type; the first entry of a type names its files. */
const extensions: readonly (readonly [mime: string, ...extensions: string[]])[] = [
  ['image/png', 'png'],
  ['image/apng', 'apng'],
  ['image/jpeg', 'jpg', 'jpeg', 'jfif'],
  ['image/webp', 'webp'],
  ['image/gif', 'gif'],
  ['image/bmp', 'bmp'],
  ['image/tiff', 'tif', 'tiff'],
  ['image/avif', 'avif'],
  ['image/svg+xml', 'svg'],
  ['video/mp4', 'mp4', 'm4v'],
  ['video/webm', 'webm'],
  ['video/quicktime', 'mov'],
  ['video/matroska', 'mkv'],
  ['video/x-msvideo', 'avi'],
  ['audio/flac', 'flac'],
  ['audio/mpeg', 'mp3'],
  ['audio/ogg', 'ogg', 'opus'],
  ['audio/wav', 'wav'],
  ['model/gltf-binary', 'glb'],
  ['model/gltf+json', 'gltf'],
  ['model/obj', 'obj'],
  ['model/stl', 'stl'],
  ['model/vnd.usdz+zip', 'usdz'],
  ['application/json', 'json'],
  ['text/plain', 'txt'],
  ['text/csv', 'csv'],
  ['text/markdown', 'md'],
];

const extensionByMime = new Map(extensions.map(([mime, extension]) => [mime, extension ?? 'bin']));
const mimeByExtension = new Map(
  extensions.flatMap(([mime, ...names]) => names.map((name) => [name, mime] as const)),
);

export const unknownMime = 'application/octet-stream';

/** What ComfyUI's image loader reads. */
const imageInputs = new Set([
  'image/png',
  'image/apng',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/bmp',
  'image/tiff',
]);

export function isImageInput(mime: string): boolean {
  return imageInputs.has(mime);
}

export function mimeOfName(filename: string): string | undefined {
  return mimeByExtension.get(extensionOfName(filename));
}

/** In lower case, without the dot; empty when there is none. */
function extensionOfName(filename: string): string {
  const dot = filename.lastIndexOf('.');
  return dot < 0 ? '' : filename.slice(dot + 1).toLowerCase();
}

/**
 * The name an input file has on every node: made from its content, so that equal pictures share one file and different
 * ones never overwrite each other, whatever their callers named them.
 */
export function inputNameFor(sha256: string, mime: string): { subfolder: string; filename: string } {
  return { subfolder: 'comfymux', filename: `${sha256.slice(0, 32)}.${extensionByMime.get(mime) ?? 'bin'}` };
}
