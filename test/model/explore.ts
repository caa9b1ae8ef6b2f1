/**
 * An explicit-state checker: visits every reachable state once, breadth first, so the first violation it meets has
 * a shortest trace, and afterwards looks for states from which no end can be reached. Depends on no protocol.
 *
 * Memory per state is its key, one parent index and one index per outgoing step; whole states are held for two
 * levels of the search only, and a trace is made by walking again from the start. `maxStates` bounds it.
 */
export interface Model<S> {
  readonly initial: S;
  readonly next: (state: S) => readonly { readonly name: string; readonly state: S }[];
  /** Equal for equal states only. */
  readonly key: (state: S) => string;
  /** The guarantee this state breaks, if it breaks one. */
  readonly broken: (state: S) => string | undefined;
  /** Steps which nobody may count on to reach an end. */
  readonly isFault: (from: S, to: S) => boolean;
  /** From every state one of these must be reachable without a fault. */
  readonly isEnd: (state: S) => boolean;
}

export interface Counterexample<S> {
  readonly guarantee: string;
  readonly trace: readonly { readonly name: string; readonly state: S }[];
}

export interface Exploration<S> {
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  readonly counterexample: Counterexample<S> | undefined;
}

export const neverEnds = 'every state can reach an end without a fault';

/** @throws Error when more than `maxStates` states are reachable. */
export function explore<S>(model: Model<S>, maxStates = 4_000_000): Exploration<S> {
  const search = new Search(model, maxStates);
  search.run();
  const { states, steps, depth, breach } = search;
  const stuck = breach ? undefined : search.firstStuck();
  const found = stuck === undefined ? breach : { guarantee: neverEnds, index: stuck };
  const counterexample = found && { guarantee: found.guarantee, trace: search.trace(found.index) };
  return { states, steps, depth, counterexample };
}

class Search<S> {
  steps = 0;
  /** Steps on the longest of the shortest ways to a state. */
  depth = 0;
  breach: { readonly index: number; readonly guarantee: string } | undefined;
  /** A state's index is its order of discovery, which is also the order of its expansion. */
  private readonly indexByKey = new Map<string, number>();
  private readonly parents = new IndexList();
  private readonly ends = new IndexList();
  /** State i's steps, faults left out, lead to targets[firstTarget[i]] up to, not including, targets[firstTarget[i + 1]]. */
  private readonly targets = new IndexList();
  private readonly firstTarget = new IndexList();
  private found: S[] = [];

  constructor(
    private readonly model: Model<S>,
    private readonly maxStates: number,
  ) {}

  get states(): number {
    return this.indexByKey.size;
  }

  run(): void {
    this.discover(this.model.initial, 0);
    for (let level = this.found; level.length > 0 && !this.breach; level = this.found) {
      this.found = [];
      for (const state of level) if (!this.breach) this.expand(state);
      if (this.found.length > 0) this.depth++;
    }
    this.firstTarget.push(this.targets.length);
  }

  /** Marks backwards from the ends until nothing changes; a few sweeps do, as most steps lead to higher indexes. */
  firstStuck(): number | undefined {
    const { ends, targets, firstTarget } = this;
    for (let changed = true; changed;) {
      changed = false;
      for (let i = ends.length - 1; i >= 0; i--)
        for (let t = firstTarget.at(i); ends.at(i) === 0 && t < firstTarget.at(i + 1); t++)
          if (ends.at(targets.at(t)) === 1) {
            ends.set(i, 1);
            changed = true;
          }
    }
    for (let i = 0; i < ends.length; i++) if (ends.at(i) === 0) return i;
    return undefined;
  }

  trace(index: number): Counterexample<S>['trace'] {
    const path: number[] = [];
    for (let i = index; i !== 0; i = this.parents.at(i)) path.unshift(i);
    let { initial: state } = this.model;
    return path.map((wanted) => {
      const step = this.model
        .next(state)
        .find((s) => this.indexByKey.get(this.model.key(s.state)) === wanted)!;
      state = step.state;
      return step;
    });
  }

  private expand(state: S): void {
    const parent = this.firstTarget.length;
    this.firstTarget.push(this.targets.length);
    for (const step of this.model.next(state)) {
      const index = this.discover(step.state, parent);
      if (!this.model.isFault(state, step.state)) this.targets.push(index);
      this.steps++;
    }
  }

  private discover(state: S, parent: number): number {
    const key = this.model.key(state);
    const known = this.indexByKey.get(key);
    if (known !== undefined) return known;
    const index = this.states;
    if (index >= this.maxStates) throw new Error(`more than ${this.maxStates} states`);
    this.indexByKey.set(key, index);
    this.parents.push(parent);
    this.ends.push(this.model.isEnd(state) ? 1 : 0);
    const guarantee = this.model.broken(state);
    if (guarantee !== undefined) this.breach ??= { index, guarantee };
    this.found.push(state);
    return index;
  }
}

/** A growing list of unsigned 32-bit integers, a third of the memory of an array of numbers. */
class IndexList {
  length = 0;
  private items = new Uint32Array(1024);

  push(value: number): void {
    if (this.length === this.items.length) {
      const grown = new Uint32Array(this.items.length * 2);
      grown.set(this.items);
      this.items = grown;
    }
    this.items[this.length++] = value;
  }

  at(index: number): number {
    return this.items[index]!;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }
}
