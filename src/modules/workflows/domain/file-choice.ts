/** A value a combo input may take. ComfyUI compares it exactly, type included. */
export type ChoiceValue = string | number | boolean;

const modelFile = /^[^\r\n]{1,500}\.(?:safetensors|sft|gguf|ckpt|pt|pt2|pth|bin|pkl|onnx|engine)$/i;

/** Whether a value names a model file: one line that ends in an extension ComfyUI or its usual packs load. */
export function isModelFile(value: unknown): value is string {
  return typeof value === 'string' && modelFile.test(value);
}

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
