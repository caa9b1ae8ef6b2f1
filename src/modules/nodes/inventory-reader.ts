/**
 * Reads what one node has installed: at the first answer, after each reconnection, when somebody contradicts it, and
 * periodically, but never for more than a twentieth of the node's time: a server with many packs takes tens of seconds
 * for it and does nothing else meanwhile. Classes that some job found lacking are looked at by themselves in between, so
 * that a file that appears is seen soon on such servers too. All nodes of a process together have a bounded number of
 * documents in memory at once.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pLimit from 'p-limit';
import type { Clock } from '../../platform/clock/index.js';
import type { ComfyClient, NodeProbe } from '../comfyui/index.js';
import { byCodeUnit } from '../workflows/domain/index.js';
import { canonicalInventory, type Inventory, inventoryFrom } from './domain/index.js';

type CompatibleProbe = Extract<NodeProbe, { kind: 'compatible' }>;

export interface NodeFacts {
  probe: CompatibleProbe;
  inventory: Inventory;
  inventoryHash: string;
  objectInfo: ObjectInfoDocument;
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

export class InventoryReader {
  facts: NodeFacts | undefined;
  private dueMs = 0;
  private wanted: ReadonlySet<string> = new Set();
  private wantedDueMs = 0;

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

  async read(probe: CompatibleProbe): Promise<{ isNew: boolean }> {
    return documents(async () => {
      const beganMs = this.nowMs();
      const { info, text } = await this.client.objectInfo();
      const tookMs = this.nowMs() - beganMs;
      this.dueMs = this.nowMs() + Math.max(this.options.inventoryRefreshMs, inventoryShare * tookMs);
      return this.keep(probe, inventoryFrom(info), await documentOf(text, this.facts?.objectInfo));
    });
  }

  /** One small answer for each class. */
  private async readWanted({ probe, inventory, objectInfo }: NodeFacts): Promise<{ isNew: boolean }> {
    this.wantedDueMs = this.nowMs() + this.options.inventoryRefreshMs / 2;
    const classes = { ...inventory.classes };
    for (const name of this.wanted) {
      const info = await this.client.objectInfoClass(name);
      if (info) Object.assign(classes, inventoryFrom({ [name]: info }).classes);
      else delete classes[name];
    }
    return this.keep(probe, inOrder(classes), objectInfo);
  }

  private keep(
    probe: CompatibleProbe,
    inventory: Inventory,
    objectInfo: ObjectInfoDocument,
  ): { isNew: boolean } {
    const inventoryHash = createHash('sha256').update(canonicalInventory(inventory)).digest('hex');
    const isNew = inventoryHash !== this.facts?.inventoryHash || probe !== this.facts.probe;
    const kept = isNew ? inventory : (this.facts?.inventory ?? inventory);
    this.facts = { probe, inventory: kept, inventoryHash, objectInfo };
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

async function documentOf(text: string, known: ObjectInfoDocument | undefined): Promise<ObjectInfoDocument> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return known?.sha256 === sha256 ? known : { sha256, gzip: await compress(text) };
}
