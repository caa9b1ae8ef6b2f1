/** What became of a prompt. `lost`: the server ended first; `dropped`: accepted by a lying server and never queued. */
export type Outcome = 'success' | 'error' | 'interrupted' | 'deleted' | 'lost' | 'dropped';

/** One prompt the node ever accepted; times are epoch milliseconds. */
export interface RecordEntry {
  readonly promptId: string;
  readonly clientId: string | null;
  readonly number: number;
  /** Which life of the server accepted it, counted from 1. */
  readonly life: number;
  readonly acceptedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  outcome: Outcome | null;
  /** Nodes that really ran, in order; nodes answered from the cache are absent. */
  readonly ranNodes: string[];
  /** Model files loaded for this prompt, i.e. switches it caused. */
  loads: number;
}

const entriesMax = 100_000;

/** Everything a node ever accepted, kept outside the server's own memory so that restarts do not lose it. */
export class RecordBook {
  private readonly entries: RecordEntry[] = [];

  accept(entry: Pick<RecordEntry, 'promptId' | 'clientId' | 'number' | 'life'>): RecordEntry {
    const fresh: RecordEntry = {
      ...entry,
      acceptedAt: Date.now(),
      startedAt: null,
      finishedAt: null,
      outcome: null,
      ranNodes: [],
      loads: 0,
    };
    if (this.entries.length === entriesMax) this.entries.shift();
    this.entries.push(fresh);
    return fresh;
  }

  settle(entry: RecordEntry, outcome: Outcome): void {
    entry.outcome = outcome;
    entry.finishedAt = Date.now();
  }

  /** A life of the server ended: whatever it had not finished is lost. */
  endLife(life: number): void {
    for (const entry of this.entries)
      if (entry.life === life && entry.outcome === null) this.settle(entry, 'lost');
  }

  list(): RecordEntry[] {
    return this.entries.map((entry) => ({ ...entry, ranNodes: [...entry.ranNodes] }));
  }
}
