/** Graphs as clients of Comfy API v2 write them. */
export const node = (class_type: string, inputs: object): object => ({ class_type, inputs });

/** `image` is a file name, a reference, or a handle of an SDK. */
export function inverted(image: unknown, prefix = 'v2'): Record<string, object> {
  return {
    1: node('LoadImage', { image }),
    2: node('ImageInvert', { image: ['1', 0] }),
    3: node('SaveImage', { images: ['2', 0], filename_prefix: prefix }),
  };
}
