/** A caller's uploads in the lists of LoadImage and its like, as one ComfyUI lists its input folder. */
import {
  isJsonObject,
  parseSteps,
  sortSteps,
  type Steps,
  writeJsonSteps,
} from '../../comfyui/domain/index.js';

const flags: Record<string, RegExp> = {
  image_upload: /\.(png|apng|jpe?g|jfif|webp|gif|bmp|tiff?|avif|svg)$/i,
  animated_image_upload: /\.(png|apng|webp|gif|avif)$/i,
  video_upload: /\.(mp4|m4v|webm|mov|mkv|avi|gif)$/i,
  audio_upload: /\.(flac|mp3|ogg|opus|wav|m4a|aac|mp4|webm|mov|mkv)$/i,
};
/** A description without these words needs no look. */
const flagged = /"(?:animated_image|image|video|audio)_upload": ?true/;

export const isLoader = (description: string): boolean => flagged.test(description);

/** `description` is the text of one class; `uploads` are names of files right in the input folder. */
export function* withUploads(description: string, uploads: readonly string[]): Steps<string> {
  if (uploads.length === 0 || !isLoader(description)) return description;
  const info = yield* parseSteps(description);
  const groups = isJsonObject(info) && isJsonObject(info.input) ? Object.values(info.input) : [];
  for (const spec of groups.filter(isJsonObject).flatMap((group) => Object.values(group)))
    if (Array.isArray(spec)) yield* offer(spec as unknown[], uploads);
  return yield* writeJsonSteps(info);
}

function* offer(spec: unknown[], uploads: readonly string[]): Steps<void> {
  const [type, options] = spec;
  if (!isJsonObject(options)) return;
  const patterns = Object.entries(flags).flatMap(([flag, pattern]) =>
    options[flag] === true ? [pattern] : [],
  );
  const names = uploads.filter((name) => patterns.some((pattern) => pattern.test(name)));
  if (Array.isArray(type)) spec[0] = yield* sorted([...(type as unknown[]), ...names]);
  else if (type === 'COMBO' && Array.isArray(options.options))
    options.options = yield* sorted([...(options.options as unknown[]), ...names]);
}

const sorted = (choices: unknown[]): Steps<unknown[]> =>
  sortSteps([...new Set(choices)], (a, b) => (String(a) < String(b) ? -1 : 1));
