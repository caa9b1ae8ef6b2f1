/** Small graphs that simulated nodes run. */
export type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>;

export interface SamplingChoices {
  seed?: number;
  steps?: number;
  checkpoint?: string;
  prefix?: string;
}

/** Text to image with a checkpoint: two sampler steps, one saved picture. */
export function samplingGraph({
  seed = 1,
  steps = 2,
  checkpoint = 'sd15.safetensors',
  prefix = 'native',
}: SamplingChoices = {}): Graph {
  return {
    '3': {
      class_type: 'KSampler',
      inputs: {
        seed,
        steps,
        cfg: 8,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
        model: ['4', 0],
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: ['5', 0],
      },
    },
    '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: checkpoint } },
    '5': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
    '6': { class_type: 'CLIPTextEncode', inputs: { text: 'masterpiece', clip: ['4', 1] } },
    '7': { class_type: 'CLIPTextEncode', inputs: { text: 'bad hands', clip: ['4', 1] } },
    '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
    '9': { class_type: 'SaveImage', inputs: { filename_prefix: prefix, images: ['8', 0] } },
  };
}

/** Loads a picture and saves it again. */
export function copyGraph(image: string, prefix = 'copy'): Graph {
  return {
    '1': { class_type: 'LoadImage', inputs: { image } },
    '2': { class_type: 'SaveImage', inputs: { filename_prefix: prefix, images: ['1', 0] } },
  };
}
