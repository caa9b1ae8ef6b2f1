import type { NodeResult } from '../nodes/node-run.js';
import type { Writable } from '../wire/values.js';

export interface CachedNode {
  readonly outputs: NodeResult['outputs'];
  readonly ui: { readonly [key: string]: Writable } | undefined;
  readonly meta: Writable;
}

const ramEntriesMax = 1_000;

/**
 * Results by signature. `classic` forgets everything the latest prompt does not use; `ram` keeps several workflows until
 * it is full; `none` keeps results only while their prompt runs.
 */
export class ResultCache {
  private readonly results = new Map<string, CachedNode>();

  constructor(private readonly mode: 'classic' | 'ram' | 'none') {}

  startPrompt(signatures: ReadonlySet<string>): void {
    if (this.mode === 'none') this.results.clear();
    if (this.mode !== 'classic') return;
    for (const key of this.results.keys()) if (!signatures.has(key)) this.results.delete(key);
  }

  get(signature: string): CachedNode | undefined {
    const found = this.results.get(signature);
    if (found === undefined) return undefined;
    this.results.delete(signature);
    this.results.set(signature, found);
    return found;
  }

  set(signature: string, node: CachedNode): void {
    this.results.set(signature, node);
    if (this.results.size > ramEntriesMax) this.results.delete(this.results.keys().next().value as string);
  }

  clear(): void {
    this.results.clear();
  }
}
