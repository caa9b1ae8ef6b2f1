import { parseJson } from '../wire/json-parse.js';
import { str } from '../wire/repr.js';
import type { Dict } from '../wire/values.js';

/** A small text-to-image prompt, as somebody else's UI would queue it; a new seed each time keeps it out of the cache. */
export function foreignPrompt(steps: number): Dict {
  const seed = Math.floor(Math.random() * 2 ** 48);
  const graph = {
    1: { class_type: 'UnetLoaderGGUF', inputs: { unet_name: 'somebody-elses.gguf' } },
    2: { class_type: 'CLIPLoader', inputs: { clip_name: 'somebody-elses.safetensors', type: 'wan' } },
    3: { class_type: 'CLIPTextEncode', inputs: { text: 'somebody else', clip: ['2', 0] } },
    4: { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
    5: {
      class_type: 'KSampler',
      inputs: {
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
      },
    },
    6: { class_type: 'PreviewImage', inputs: { images: ['5', 0] } },
  };
  return parseJson(JSON.stringify(graph)) as Dict;
}

/** The output nodes of a prompt given without validation: those nothing links to. */
export function openEnds(prompt: Dict): string[] {
  const linked = new Set<string>();
  for (const node of prompt.values()) {
    for (const value of ((node as Dict).get('inputs') as Dict).values())
      if (Array.isArray(value)) linked.add(str(value[0] ?? null));
  }
  return [...prompt.keys()].filter((id) => !linked.has(id));
}
