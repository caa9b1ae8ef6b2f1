import { type ModelFiles, wanModelFiles } from '../../src/programs/simulator/index.js';

const unet = wanModelFiles['unet_gguf']?.[0] ?? '';
let seed = 0;
const node = (class_type: string, inputs: object): object => ({ class_type, inputs });

type Graph = Record<string, object>;

/** A picture in `steps` sampler steps, different from every other one so that no cache answers. */
export function samplingGraph({ steps = 4, model = unet }: { steps?: number; model?: string } = {}): Graph {
  seed += 1;
  return {
    1: node('UnetLoaderGGUF', { unet_name: model }),
    2: node('CLIPLoader', { clip_name: wanModelFiles['text_encoders']?.[0], type: 'wan' }),
    3: node('CLIPTextEncode', { text: 'a lake', clip: ['2', 0] }),
    4: node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 }),
    5: node('KSampler', {
      seed,
      steps,
      cfg: 1,
      sampler_name: 'euler',
      scheduler: 'simple',
      denoise: 1,
      model: ['1', 0],
      positive: ['3', 0],
      negative: ['3', 0],
      latent_image: ['4', 0],
    }),
    6: node('VAELoader', { vae_name: wanModelFiles['vae']?.[0] }),
    7: node('VAEDecode', { samples: ['5', 0], vae: ['6', 0] }),
    8: node('SaveImage', { images: ['7', 0], filename_prefix: 'picture' }),
  };
}

/** Its second sampler comes after `first` steps. */
export function twiceSampled(first: number, second: number): Graph {
  const graph = samplingGraph({ steps: first });
  const { inputs, ...sampler } = graph['5'] as { inputs: object };
  const decode = graph['7'] as { inputs: object };
  return {
    ...graph,
    7: { ...decode, inputs: { ...decode.inputs, samples: ['9', 0] } },
    9: { ...sampler, inputs: { ...inputs, steps: second, latent_image: ['5', 0] } },
  };
}

/** The files of a node that alone has this diffusion model. */
export const withModel = (model: string): ModelFiles => ({ ...wanModelFiles, unet_gguf: [model] });
