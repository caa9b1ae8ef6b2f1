/** A value a combo input may take. ComfyUI compares it exactly, type included. */
export type ChoiceValue = string | number | boolean;

export { isModelFile } from '../../../comfyui/domain/index.js';

/** A relative path with `/`; Windows servers list theirs with `\`. */
export function forwardSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}

/** Inputs whose file is checked by existence in the server's input folder, so that it can be uploaded first. */
const uploadInputs: ReadonlyMap<string, string> = new Map([
  ['LoadImage', 'image'],
  ['LoadImageMask', 'image'],
  ['LoadImageOutput', 'image'],
  ['LoadVideo', 'file'],
  ['LoadAudio', 'audio'],
  ['VHS_LoadVideo', 'video'],
  ['VHS_LoadVideoFFmpeg', 'video'],
  ['VHS_LoadAudioUpload', 'audio'],
]);

export function isUploadInput(nodeClass: string, input: string): boolean {
  return uploadInputs.get(nodeClass) === input;
}
