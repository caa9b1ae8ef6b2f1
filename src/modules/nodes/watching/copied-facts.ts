/**
 * What another replica, the owner, found at a node. The node's own document is not in the database: this replica reads it for
 * the doors, in its own time, and sees whether it tells the same inventory.
 */
import { type ComfyClient, type NodeMemory, probeNode } from '../../comfyui/index.js';
import type { InventoryReader, NodeFacts } from './inventory-reader.js';

export class CopiedFacts {
  facts: NodeFacts | undefined;
  memory: NodeMemory | undefined;

  constructor(
    private readonly client: ComfyClient,
    /** Of this replica. */
    private readonly reader: InventoryReader,
  ) {}

  /** This replica was the owner until now. */
  begin(facts: NodeFacts | undefined, memory: NodeMemory | undefined): void {
    this.facts = facts;
    this.memory = memory;
  }

  follow(facts: NodeFacts | undefined): void {
    if (facts) this.facts = this.withDocument(facts);
  }

  /** Whether the node has just told this replica of another inventory than the owner's. Errors: those of the client. */
  async compare(): Promise<boolean> {
    const read = this.reader.facts ? await this.reader.readDue() : await this.readFirst();
    if (!read || !this.facts) return false;
    this.facts = this.withDocument(this.facts);
    return read.isNew && this.reader.facts?.inventoryHash !== this.facts.inventoryHash;
  }

  withDocument(facts: NodeFacts): NodeFacts {
    const objectInfo = this.reader.facts?.objectInfo;
    return { ...facts, ...(objectInfo && { objectInfo }) };
  }

  private async readFirst(): Promise<{ isNew: boolean } | undefined> {
    const probe = await probeNode(this.client);
    return probe.kind === 'compatible' ? this.reader.read(probe) : undefined;
  }
}
