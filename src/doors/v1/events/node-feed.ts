/** Changes of nodes as this replica knows them: what it judged itself, and within two seconds what others did. */
import { Inject, Injectable } from '@nestjs/common';
import { NodesService } from '../../../modules/nodes/index.js';
import { nodeDocument, type NodeDocument } from '../nodes/node-document.js';
import { change, type Change } from './change.js';

const pollIntervalMs = 2_000;

interface Known {
  print: string;
  /** When this replica saw it so, by the clock of the database. */
  atMs: number;
  document: NodeDocument | undefined;
}

@Injectable()
export class NodeFeed {
  private readonly known = new Map<string, Known>();
  private isNew = true;
  private polledAtMs = -Infinity;
  /** Since when it knows what changed. */
  private fromMs = Infinity;
  private stopHearing: () => void = () => undefined;

  constructor(@Inject(NodesService) private readonly nodes: NodesService) {}

  start(wake: () => void, nowMs: number): void {
    this.fromMs = nowMs;
    for (const [id, document] of this.documents())
      this.known.set(id, { print: printOf(document), atMs: 0, document });
    this.stopHearing = this.nodes.onChange(() => {
      this.isNew = true;
      wake();
    });
  }

  stop(): void {
    this.stopHearing();
    this.known.clear();
    this.fromMs = Infinity;
  }

  take(atMs: number): Change[] {
    if (!this.isNew && performance.now() - this.polledAtMs < pollIntervalMs) return [];
    this.isNew = false;
    this.polledAtMs = performance.now();
    const now = new Map(this.documents());
    const gone = [...this.known].filter(([id, { document }]) => document && !now.has(id));
    for (const [id] of gone) this.known.set(id, { print: '', atMs, document: undefined });
    const changed = [...now].filter(([id, document]) => this.known.get(id)?.print !== printOf(document));
    for (const [id, document] of changed) this.known.set(id, { print: printOf(document), atMs, document });
    return [...gone.map(([id]) => changeOf(id, undefined)), ...changed.map(([id, one]) => changeOf(id, one))];
  }

  /** What changed since then; undefined when nobody here looked at that time. */
  missedSince(fromMs: number): Change[] | undefined {
    if (fromMs < this.fromMs) return undefined;
    const missed = [...this.known].filter(([, { atMs }]) => atMs >= fromMs);
    return missed.map(([id, { document }]) => changeOf(id, document));
  }

  private documents(): [string, NodeDocument][] {
    return this.nodes.registered().flatMap((record) => {
      const document = nodeDocument(this.nodes, record);
      return document ? [[record.id, document] as [string, NodeDocument]] : [];
    });
  }
}

/** When it was last heard of is no change. */
const printOf = (document: NodeDocument): string => JSON.stringify({ ...document, last_seen_at: null });

function changeOf(id: string, document: NodeDocument | undefined): Change {
  return change(
    { type: 'node', key: `node ${id}`, about: { nodeId: id } },
    () => document ?? { id },
    document ? {} : { event: 'node_removed' },
  );
}
