/**
 * Not every server tells how large a model file is, but the input that names it tells what kind of model it is, and that is enough
 * to tell what a load may cost and how much fits on a card together.
 */
import type { Requirements } from './requirements.js';

const bytesByInput: readonly [RegExp, number][] = [
  [/vae/i, 0.3e9],
  [/clip_vision|style|control|upscale|audio/i, 1.5e9],
  [/clip|text_encoder|t5/i, 6e9],
  [/unet|ckpt|diffusion|model/i, 12e9],
];
const otherBytes = 1e9;

/** By the names of the models; of two inputs that name one file the larger guess counts. */
export function assumedBytesOf({ choices, models }: Requirements): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const { input, value } of choices) {
    if (typeof value !== 'string' || !models.includes(value)) continue;
    const bytes = bytesByInput.find(([pattern]) => pattern.test(input))?.[1] ?? otherBytes;
    sizes[value] = Math.max(sizes[value] ?? 0, bytes);
  }
  return sizes;
}
