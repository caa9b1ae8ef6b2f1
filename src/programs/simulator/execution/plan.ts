import { inputsOf, type ObjectInfo } from '../nodes/object-info.js';
import { classTypeOf, inputsOfNode, nodeOf } from '../validation/graph-error.js';
import { str } from '../wire/repr.js';
import { isDict, isLink, type Dict, type Value } from '../wire/values.js';

/**
 * Which node runs next, picked exactly as the server does: among nodes whose needs are met, outputs first, then what
 * feeds an output in one or two steps, else the one found first. Cached inputs need no run.
 */
export class ExecutionPlan {
  /** Node → how many of its links still wait; in the order the walk found them. */
  private readonly waiting = new Map<string, number>();
  private readonly feeds = new Map<string, Map<string, Set<string>>>();

  constructor(
    private readonly prompt: Dict,
    private readonly info: ObjectInfo,
    private readonly isCached: (id: string) => boolean,
  ) {}

  add(output: string): void {
    const stack = [output];
    const links: [from: string, slot: string, to: string][] = [];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.waiting.has(id)) continue;
      this.waiting.set(id, 0);
      this.feeds.set(id, new Map());
      for (const [name, value] of inputsOfNode(nodeOf(this.prompt, id))) {
        if (!isLink(value) || this.isLazy(id, name)) continue;
        if (!this.isCached(value[0])) stack.push(value[0]);
        links.push([value[0], str(value[1]), id]);
      }
    }
    for (const link of links) this.link(...link);
  }

  /** The next node; undefined when nothing is ready, which with nodes left means a cycle. */
  next(): string | undefined {
    const ready = [...this.waiting].flatMap(([id, count]) => (count === 0 ? [id] : []));
    return (
      ready.find((id) => this.isOutput(id)) ??
      ready.find((id) => this.fed(id).some((fed) => this.isOutput(fed))) ??
      ready.find((id) => this.fed(id).some((fed) => this.fed(fed).some((far) => this.isOutput(far)))) ??
      ready[0]
    );
  }

  complete(id: string): void {
    this.waiting.delete(id);
    for (const fed of this.fed(id)) this.waiting.set(fed, (this.waiting.get(fed) ?? 1) - 1);
    this.feeds.delete(id);
  }

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  private link(from: string, slot: string, to: string): void {
    if (this.isCached(from)) return;
    const targets = this.feeds.get(from) ?? new Map<string, Set<string>>();
    const slots = targets.get(to);
    if (slots === undefined) this.waiting.set(to, (this.waiting.get(to) ?? 0) + 1);
    targets.set(to, (slots ?? new Set()).add(slot));
    this.feeds.set(from, targets);
  }

  private fed(id: string): string[] {
    return [...(this.feeds.get(id)?.keys() ?? [])];
  }

  private isOutput(id: string): boolean {
    return this.infoOf(id)?.get('output_node') === true;
  }

  private isLazy(id: string, input: string): boolean {
    const info = this.infoOf(id);
    const spec = info === undefined ? undefined : (inputsOf(info).get(input) as Value[] | undefined);
    return isDict(spec?.[1]) && spec[1].get('lazy') === true;
  }

  private infoOf(id: string): Dict | undefined {
    return this.info.get(classTypeOf(nodeOf(this.prompt, id)));
  }
}
