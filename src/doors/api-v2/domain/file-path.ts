/** The path under which a client keeps a file: relative, with `/`, as ComfyUI would name it below its input folder. */
const lengthMax = 512;
const modelFolders = /^(models|checkpoints|loras|vae|unet|diffusion_models|text_encoders|clip|controlnet)\//;

export type FilePath = { ok: true; path: string } | { ok: false; reason: string };

const inputFolder = 'input/';

/** What a graph calls the file: `input/x` is `x`. */
export const nameOfPath = (path: string): string =>
  path.startsWith(inputFolder) ? path.slice(inputFolder.length) : path;

export function readFilePath(path: string): FilePath {
  if (path === '' || path.length > lengthMax)
    return refuse(`file_path must have 1 to ${lengthMax} characters.`);
  if (/[\p{Cc}\\]|\p{Surrogate}/u.test(path))
    return refuse('file_path must not hold control characters, backslashes or half characters.');
  if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return refuse('file_path must be relative, without empty, "." or ".." parts.');
  if (modelFolders.test(nameOfPath(path)))
    return refuse('Models are not taken as assets: put the file on the nodes that are to run it.');
  return { ok: true, path };
}

const refuse = (reason: string): FilePath => ({ ok: false, reason });
