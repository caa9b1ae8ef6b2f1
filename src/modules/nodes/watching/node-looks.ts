/**
 * Looks at one node, once at a time; every call has a timeout. Its owner probes it where it is not known how it is, and else asks how
 * it goes and reads what is due of its inventory and memory; another replica only compares its inventory with what the owner wrote.
 */
import type { Clock } from '../../../platform/clock/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import { type ComfyClient, probeNode } from '../../comfyui/index.js';
import type { Evidence, HealthEvent, PollFailure } from '../domain/index.js';
import { causeOf, type NodeSettings } from '../registry/node-settings.js';
import type { NodeStanding } from '../truth/node-standing.js';
import type { CopiedFacts } from './copied-facts.js';
import type { InventoryReader } from './inventory-reader.js';
import type { MemoryReader } from './memory-reader.js';

/** What is looked at, and what is known of it. */
export interface LookedAt {
  client: ComfyClient;
  standing: NodeStanding;
  inventory: InventoryReader;
  copied: CopiedFacts;
  memory: MemoryReader;
}

export interface LookOptions {
  settings: Pick<NodeSettings, 'id'>;
  clock: Clock;
  log: Logger;
  /** What a look showed, to be judged. */
  saw: (event: HealthEvent, factsChanged?: boolean) => void;
  failed: (cause: PollFailure) => void;
  /** The first look that failed at a node of which nothing is known. */
  failedUnknown: () => void;
  tellOwner: (evidence: Evidence) => void;
}

export class NodeLooks {
  /** Why the node is not ready, for a person. */
  reason: string | undefined;
  lastSeenAt: Date | undefined;

  constructor(
    private readonly node: LookedAt,
    private readonly options: LookOptions,
  ) {}

  async look(): Promise<void> {
    const { standing } = this.node;
    if (standing.health.admin === 'disabled') return;
    if (!standing.isOwner) return this.compare();
    try {
      await (this.mustProbe() ? this.probe() : this.poll());
    } catch (error) {
      const isFirst = this.reason === undefined;
      this.reason = error instanceof Error ? error.message : String(error);
      this.options.failed(causeOf(error));
      // A node that was never reached stays in its first state: the log would not tell why.
      if (isFirst && this.node.inventory.facts === undefined) this.options.failedUnknown();
    }
  }

  /** At these classes, at once. False: how it is with them is not known. */
  async lookAgainAt(classes: Iterable<string>): Promise<boolean> {
    if (!this.node.standing.isOwner) return false;
    try {
      const read = await this.node.inventory.readContradicted(classes);
      if (read) this.inventoryRead(read);
      return read !== undefined;
    } catch {
      return false;
    }
  }

  private async poll(): Promise<void> {
    const { client, memory, inventory } = this.node;
    const remaining = await client.queueRemaining();
    this.reason = undefined;
    this.seen({ type: 'poll_ok', atMs: this.nowMs() });
    await this.cure(remaining);
    // Not waited for: it must not make the next poll late.
    void memory.readDue();
    const read = await inventory.readDue();
    if (read) this.inventoryRead(read);
  }

  /** A restart between two polls goes unseen, but what it cures shows: a dead worker's queue never empties, and a broken GPU gives no statistics. */
  private async cure(queueRemaining: number): Promise<void> {
    const { client, standing } = this.node;
    const { saw } = this.options;
    const { flags } = standing.health;
    if (queueRemaining === 0 && flags.includes('zombie')) saw({ type: 'flag_cleared', flag: 'zombie' });
    if (!flags.includes('sick_gpu')) return;
    const works = await client.systemStats().catch(() => undefined);
    if (works) saw({ type: 'flag_cleared', flag: 'sick_gpu' });
  }

  /** The owner hears when the node tells this replica of another inventory. */
  private async compare(): Promise<void> {
    const { copied, standing } = this.node;
    const { log, settings, tellOwner } = this.options;
    if (standing.health.state.name !== 'ready') return;
    const differs = await copied.compare().catch((error: unknown) => {
      log.debug({ err: error, node: settings.id }, 'a node that another replica judges did not answer');
      return false;
    });
    if (!differs) return;
    // Whoever took the node over while it read has read for itself: nobody else would write it down.
    if (standing.isOwner) this.inventoryRead({ isNew: true });
    else tellOwner({ kind: 'contradicted' });
  }

  /** Only a probe leads out of these states, however much another owner told of the node before. */
  private mustProbe(): boolean {
    const { inventory, standing } = this.node;
    return (
      inventory.facts === undefined || ['unknown', 'suspect', 'down'].includes(standing.health.state.name)
    );
  }

  private async probe(): Promise<void> {
    const { client, inventory } = this.node;
    this.options.saw({ type: 'probe_started', atMs: this.nowMs() });
    const probe = await probeNode(client);
    if (probe.kind === 'compatible') this.inventoryRead(await inventory.read(probe));
    else {
      this.reason = probe.reason;
      this.seen({ type: 'probed', atMs: this.nowMs(), incompatible: [probe.reason] });
    }
  }

  private inventoryRead({ isNew }: { isNew: boolean }): void {
    this.reason = undefined;
    this.seen({ type: 'probed', atMs: this.nowMs(), incompatible: [] }, isNew);
  }

  private seen(event: HealthEvent, factsChanged = false): void {
    this.lastSeenAt = this.options.clock.now();
    this.options.saw(event, factsChanged);
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}
