/**
 * How large model files are, where nodes tell: newer ones list them with their sizes, but for GGUF files. Nodes with equal
 * inventories are asked once; a file that is replaced under its name keeps its size here until an inventory changes. Two nodes are
 * asked at a time, and memory is bounded.
 */
import pLimit from 'p-limit';
import type { ComfyClient } from '../../comfyui/index.js';
import { fileSizesIn } from '../domain/index.js';

/** Of models that take room on a card. */
const folders = [
  'checkpoints',
  'diffusion_models',
  'text_encoders',
  'vae',
  'clip_vision',
  'controlnet',
  'style_models',
  'audio_encoders',
  'model_patches',
] as const;
const inventoriesMax = 1_000;
const namesMax = 50_000;

export class ModelSizes {
  /** Goes up whenever something was learned. */
  version = 0;
  private readonly sizes = new Map<string, number>();
  private readonly inventories = new Set<string>();
  private readonly reading = pLimit(2);

  /** Errors: those of the client; then the next change of a node asks again. */
  async learn(client: ComfyClient, inventoryHash: string): Promise<void> {
    if (this.inventories.has(inventoryHash)) return;
    if (this.inventories.size >= inventoriesMax) this.inventories.clear();
    this.inventories.add(inventoryHash);
    try {
      await this.reading(async () => {
        for (const folder of folders) this.keep(fileSizesIn(await client.modelDetails(folder)));
      });
    } catch (error) {
      this.inventories.delete(inventoryHash);
      throw error;
    }
  }

  /** Of those files whose size is known. */
  of(names: readonly string[]): Record<string, number> {
    return Object.fromEntries(
      names.flatMap((name) => {
        const bytes = this.sizes.get(name);
        return bytes === undefined ? [] : [[name, bytes]];
      }),
    );
  }

  private keep(found: ReadonlyMap<string, number>): void {
    const isNew = [...found].some(([name, bytes]) => this.sizes.get(name) !== bytes);
    if (!isNew) return;
    if (this.sizes.size + found.size > namesMax) this.sizes.clear();
    for (const [name, bytes] of found) this.sizes.set(name, bytes);
    this.version += 1;
  }
}
