/** Bounds on what one file may cost: a small file can ask for a huge answer through subgraphs in subgraphs. */
import { isLosslessNumber } from '../json/json.js';

const maxSteps = 1_000_000;
const maxTextLength = 24 * 1024 * 1024;

export class Work {
  private steps = 0;
  private textLength = 0;
  private readonly sizes = new WeakMap<object, number>();

  constructor(private readonly maxNodes: number) {}

  private nodes = 0;

  get isSpent(): boolean {
    return this.steps > maxSteps || this.textLength > maxTextLength || this.nodes > this.maxNodes;
  }

  /** False once there is none left. */
  spend(steps: number): boolean {
    this.steps += steps;
    return !this.isSpent;
  }

  spendNode(): boolean {
    this.nodes += 1;
    return !this.isSpent;
  }

  /** A value of the answer, which is written out as often as it is used. */
  spendValue(value: unknown): void {
    this.textLength += 16 + this.sizeOf(value);
  }

  private sizeOf(value: unknown): number {
    if (typeof value === 'string') return value.length;
    if (typeof value !== 'object' || value === null) return 8;
    const known = this.sizes.get(value);
    if (known !== undefined) return known;
    const size = measure(value);
    this.sizes.set(value, size);
    return size;
  }
}

function measure(value: object): number {
  let size = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') size += next.length;
    else if (isLosslessNumber(next)) size += next.value.length;
    else if (typeof next === 'object' && next !== null)
      for (const [key, item] of Object.entries(next)) {
        size += key.length + 4;
        open.push(item);
      }
    else size += 8;
    if (size > maxTextLength) return size;
  }
  return size;
}
