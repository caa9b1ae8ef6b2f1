import type { Picture } from '../media/picture.js';
import type { Value } from '../wire/values.js';
import { toNumber } from '../wire/values.js';

/** What runs along a link that is not a plain value. */
export type Socket =
  | { readonly tag: 'image'; readonly picture: Picture; readonly frames: number }
  | { readonly tag: 'latent'; readonly picture: Picture; readonly frames: number }
  /** `key` names the files that must be on the card, e.g. `high.gguf+style.safetensors@1.0`. */
  | { readonly tag: 'model'; readonly key: string }
  | { readonly tag: 'video'; readonly picture: Picture; readonly frames: number; readonly frameRate: number }
  /** Anything that needs no body here; a schedule of sigmas tells its steps. */
  | { readonly tag: 'opaque'; readonly type: string; readonly steps?: number };

export type NodeValue = Socket | Value;

export const isSocket = (value: NodeValue | undefined): value is Socket =>
  typeof value === 'object' && value !== null && 'tag' in value;

/** The inputs of one node with links followed. */
export type NodeInputs = ReadonlyMap<string, NodeValue>;

export function numberInput(inputs: NodeInputs, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = inputs.get(name);
    const number = isSocket(value) ? undefined : toNumber(value);
    if (number !== undefined) return number;
  }
  return undefined;
}

export function textInput(inputs: NodeInputs, name: string): string | undefined {
  const value = inputs.get(name);
  return typeof value === 'string' ? value : undefined;
}

export function socketInput<Tag extends Socket['tag']>(
  inputs: NodeInputs,
  tag: Tag,
): Extract<Socket, { tag: Tag }> | undefined {
  for (const value of inputs.values())
    if (isSocket(value) && value.tag === tag) return value as Extract<Socket, { tag: Tag }>;
  return undefined;
}
