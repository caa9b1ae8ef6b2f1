/**
 * Reads what one node has installed: at the first answer, after each reconnection, when somebody contradicts it, and
 * periodically, but never for more than a twentieth of the node's time: a server with many packs takes tens of seconds
 * for it and does nothing else meanwhile. Classes that some job found lacking are looked at by themselves in between, so
 * that a file that appears is seen soon on such servers too. All nodes of a process together have a bounded number of
 * documents in memory at once, and a document that is known already is read only once, whichever node sends it. It is read
 * in turns with everything else.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pLimit from 'p-limit';
import type { Clock } from '../../../platform/clock/index.js';
import { inTurns, sha256InTurns } from '../../../platform/turns/index.js';
import type { ComfyClient, NodeProbe } from '../../comfyui/index.js';
import { byCodeUnit, embeddingList } from '../../workflows/domain/index.js';
import {
  canonicalSteps,
  embeddingsOf,
  type Inventory,
  inventoryFrom,
  inventorySteps,
  withEmbeddings,
} from '../domain/index.js';

type CompatibleProbe = Extract<NodeProbe, { kind: 'compatible' }>;

/** What a document tells. */
interface Reading {
  inventory: Inventory;
  inventoryHash: string;
  objectInfo: ObjectInfoDocument;
}

/** What the server told of itself, as far as the cluster works with it. */
export type NodeProbeFacts = Pick<CompatibleProbe, 'version' | 'capabilities' | 'gpus'>;

export interface NodeFacts extends Omit<Reading, 'objectInfo'> {
  probe: NodeProbeFacts;
  /** Absent while only the owner of the node has read it. */
  objectInfo?: ObjectInfoDocument;
}

/** The node's own `/object_info`, compressed: tens of megabytes on a node with many packs. */
export interface ObjectInfoDocument {
  sha256: string;
  gzip: Buffer;
}

const compress = promisify(gzip);

/** The inventory may take one part in this many of a node's time. */
const inventoryShare = 20;
/** Looked at by themselves; a job that lacks more than this waits for the next whole inventory. */
const wantedClassesMax = 16;
const documents = pLimit(16);
/** The documents read last; one that many nodes have stays. */
const readings = new Map<string, Promise<Reading>>();
const readingsMax = 16;

export class InventoryReader {
  facts: NodeFacts | undefined;
  private dueMs = 0;
  private wanted: ReadonlySet<string> = new Set();
  private wantedDueMs = 0;
  /** The node's own list; undefined where it has none. */
  private embeddings: readonly string[] | undefined;

  constructor(
    private readonly client: ComfyClient,
    private readonly options: { inventoryRefreshMs: number; clock: Clock },
  ) {}

  /** The next reading is due at once. */
  expire(): void {
    this.dueMs = 0;
  }

  /** Node classes to look at by themselves. Forgotten when the inventory changes. */
  watchFor(classes: Iterable<string>): void {
    this.wanted = new Set([...this.wanted, ...classes].slice(0, wantedClassesMax));
  }

  /** Undefined when nothing is due. Errors: those of the client. */
  async readDue(): Promise<{ isNew: boolean } | undefined> {
    if (!this.facts) return undefined;
    // A node with an inventory need not stand in line for a newer one: its health is polled meanwhile.
    const mayRead = documents.activeCount < documents.concurrency;
    if (mayRead && this.nowMs() >= this.dueMs) return this.read(this.facts.probe);
    if (this.wanted.size === 0 || this.nowMs() < this.wantedDueMs) return undefined;
    return this.readWanted(this.facts);
  }

  /** What its owner found, where this replica has not read by itself. */
  adopt(facts: NodeFacts): void {
    this.facts = facts;
    this.embeddings = embeddingsOf(facts.inventory);
    this.dueMs = 0;
  }

  async read(probe: NodeProbeFacts): Promise<{ isNew: boolean }> {
    return documents(async () => {
      const beganMs = this.nowMs();
      const { text, read } = await this.client.objectInfo();
      const tookMs = this.nowMs() - beganMs;
      this.dueMs = this.nowMs() + Math.max(this.options.inventoryRefreshMs, inventoryShare * tookMs);
      await this.readEmbeddings();
      return this.keep(probe, await readingOf({ text, read, embeddings: this.embeddings }));
    });
  }

  /** Looks at once at the classes that are wanted. Errors: those of the client. */
  async readContradicted(classes: Iterable<string>): Promise<{ isNew: boolean } | undefined> {
    this.watchFor(classes);
    return this.facts && this.wanted.size > 0 ? this.readWanted(this.facts) : undefined;
  }

  /** One small answer for each class. */
  private async readWanted({ probe, inventory, objectInfo }: NodeFacts): Promise<{ isNew: boolean }> {
    this.wantedDueMs = this.nowMs() + this.options.inventoryRefreshMs / 2;
    const classes = { ...inventory.classes };
    if (this.wanted.has(embeddingList.class)) await this.readEmbeddings();
    for (const name of this.wanted) {
      if (name === embeddingList.class) continue;
      const info = await this.client.objectInfoClass(name);
      if (info) Object.assign(classes, inventoryFrom({ [name]: info }).classes);
      else delete classes[name];
    }
    const looked = withEmbeddings(inOrder(classes), this.embeddings);
    const reading = await hashed(looked);
    return this.keep(probe, { ...reading, ...(objectInfo && { objectInfo }) });
  }

  /** A node that does not answer has those that it had. */
  private async readEmbeddings(): Promise<void> {
    this.embeddings = await this.client.modelFolder('embeddings').catch(() => this.embeddings);
  }

  private keep(probe: NodeProbeFacts, reading: Omit<NodeFacts, 'probe'>): { isNew: boolean } {
    const isNew = reading.inventoryHash !== this.facts?.inventoryHash || probe !== this.facts.probe;
    const inventory = isNew ? reading.inventory : (this.facts?.inventory ?? reading.inventory);
    this.facts = { probe, ...reading, inventory };
    if (isNew) this.wanted = new Set();
    return { isNew };
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}

/** As a whole inventory lists them, so that equal ones have equal hashes. */
function inOrder(classes: Inventory['classes']): Inventory {
  return {
    classes: Object.fromEntries(
      Object.entries(classes).toSorted(([left], [right]) => byCodeUnit(left, right)),
    ),
  };
}

interface Told {
  text: string;
  read: () => Promise<unknown>;
  embeddings: readonly string[] | undefined;
}

async function readingOf(told: Told): Promise<Reading> {
  const sha256 = await sha256InTurns(told.text);
  const key = `${sha256} ${told.embeddings ? await sha256InTurns(JSON.stringify(told.embeddings)) : ''}`;
  const known = readings.get(key) ?? readDocument(sha256, told);
  readings.delete(key);
  readings.set(key, known);
  const [oldest] = readings.keys();
  if (readings.size > readingsMax && oldest !== undefined) readings.delete(oldest);
  known.catch(() => readings.delete(key));
  return known;
}

async function readDocument(sha256: string, { text, read, embeddings }: Told): Promise<Reading> {
  const inventory = await inTurns(inventorySteps(await read()));
  const reading = await hashed(withEmbeddings(inventory, embeddings));
  return { ...reading, objectInfo: { sha256, gzip: await compress(text) } };
}

const hashed = async (inventory: Inventory) => ({
  inventory,
  inventoryHash: await sha256InTurns(await inTurns(canonicalSteps(inventory))),
});
