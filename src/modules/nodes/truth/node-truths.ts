/**
 * One truth of every node for all replicas (docs/decisions/0012). The owner of a node writes how it stands; every replica reads
 * it at the owner's notification, and all rows at each look at the registry, in case one was lost. A living owner hands a node
 * over; that of a dead one is taken. What another replica learned of a node travels to its owner by notification.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { Replica } from '../../../platform/cluster/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { inTurns } from '../../../platform/turns/index.js';
import { parsePlainInTurns } from '../../comfyui/index.js';
import {
  canonicalSteps,
  classesIn,
  type Evidence,
  type Inventory,
  recordOfBreaker,
} from '../domain/index.js';
import type { NodeFacts } from '../watching/inventory-reader.js';
import type { NodeMonitor } from '../watching/node-monitor.js';
import { observationOf } from '../node-view.js';
import { NodesStore } from '../nodes.store.js';
import type { TruthRow } from './truth-row.js';
import { TruthStore } from './truth.store.js';

const truthChannel = 'comfymux_node_truth';
const evidenceChannel = 'comfymux_node_evidence';
const beatIntervalMs = 5_000;
const inventoriesMax = 64;

type Monitors = ReadonlyMap<string, NodeMonitor>;

@Injectable()
export class NodeTruths {
  private monitors: Monitors = new Map();
  private followed: (monitor: NodeMonitor) => void = () => undefined;
  private readonly heard = new Set<string>();
  private readonly unwritten = new Set<NodeMonitor>();
  /** The inventory that a node's row names as of our last word: while it does, nobody forgets it. */
  private readonly keptHash = new WeakMap<NodeMonitor, string>();
  private readonly writes = new Map<string, Promise<void>>();
  private readonly inventories = new Map<string, Promise<Inventory | undefined>>();
  private reading: Promise<void> = Promise.resolve();
  private beatDueMs = 0;
  private isOver = false;

  constructor(
    @Inject(TruthStore) private readonly store: TruthStore,
    @Inject(NodesStore) private readonly nodes: NodesStore,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** `followed` is called with each node of which another replica told something new. */
  async begin(monitors: Monitors, followed: (monitor: NodeMonitor) => void): Promise<void> {
    this.monitors = monitors;
    this.followed = followed;
    await this.replica.refresh();
    await this.notifications.listen(truthChannel, (id) => this.hear(id));
    await this.notifications.listen(evidenceChannel, (text) => this.hearEvidence(text));
  }

  /** All rows. */
  look(): Promise<void> {
    return this.read(null);
  }

  /** What this replica judged is written, in order; nothing when it is not the owner. Resolves when it is. */
  changed(monitor: NodeMonitor): Promise<void> {
    if (!monitor.isOwner) return Promise.resolve();
    this.unwritten.add(monitor);
    const { id } = monitor.settings;
    const write = (this.writes.get(id) ?? Promise.resolve()).then(async () => this.write(monitor));
    this.writes.set(id, write);
    return write;
  }

  /** For a prompt that is about to be sent; whoever owns the node. False: another has it. */
  claimForCanary({ settings }: NodeMonitor, promptId: string): Promise<boolean> {
    return this.store.claimForCanary(settings.id, promptId);
  }

  tellOwner(id: string, evidence: Evidence): void {
    this.notifications
      .notify(evidenceChannel, JSON.stringify({ id, evidence }))
      .catch((error: unknown) =>
        this.log.warn({ err: error, node: id }, 'what was seen of a node could not be told'),
      );
  }

  async end(): Promise<void> {
    // Its own last words are heard here too, when nothing is to be read any more.
    this.isOver = true;
    await this.reading;
    await Promise.all(this.writes.values());
    for (const monitor of this.monitors.values()) await this.handOver(monitor).catch(() => undefined);
  }

  private hear(id: string): void {
    if (this.isOver || !this.monitors.has(id)) return;
    this.heard.add(id);
    if (this.heard.size > 1) return;
    void this.read('heard').catch((error: unknown) =>
      this.log.warn({ err: error }, 'how nodes stand could not be read'),
    );
  }

  private hearEvidence(text: string): void {
    const { id, evidence } = JSON.parse(text) as { id: string; evidence: Evidence };
    const monitor = this.monitors.get(id);
    if (monitor?.isOwner) monitor.note(evidence);
  }

  /** One at a time: an older reading must not come after a newer one. */
  private read(which: 'heard' | null): Promise<void> {
    const turn = this.reading.then(async () => this.readOnce(which));
    this.reading = turn.catch(() => undefined);
    return turn;
  }

  private async readOnce(which: 'heard' | null): Promise<void> {
    const ids = which && [...this.heard];
    this.heard.clear();
    for (const row of await this.store.read(ids)) {
      const monitor = this.monitors.get(row.id);
      if (monitor) await this.match(monitor, row);
    }
    if (which === null) await this.beat();
  }

  private async match(monitor: NodeMonitor, row: TruthRow): Promise<void> {
    const { id: me } = this.replica;
    const isMine = this.replica.ownerOf(row.id) === me;
    if (monitor.isOwner && row.ownerId === me && row.epoch === monitor.standing.epoch) {
      if (!isMine) await this.handOver(monitor);
      else if (this.unwritten.has(monitor)) void this.changed(monitor);
      return;
    }
    if (monitor.isOwner) monitor.release();
    const isFree = row.ownerId === null || row.ownerId === me || !this.replica.liveIds.includes(row.ownerId);
    if (isMine && isFree) await this.take(monitor, row);
    else await this.follow(monitor, row);
  }

  private async take(monitor: NodeMonitor, row: TruthRow): Promise<void> {
    const claimed = await this.store.claim(row, this.replica.id);
    if (!claimed) return;
    monitor.take({ ...row, ver: claimed.ver }, claimed.epoch, await this.factsOf(row));
    this.log.debug({ node: row.id, epoch: claimed.epoch }, 'this replica judges the node now');
    await this.changed(monitor);
  }

  private async handOver(monitor: NodeMonitor): Promise<void> {
    const { epoch } = monitor.standing;
    if (epoch === undefined) return;
    await this.writes.get(monitor.settings.id);
    monitor.release();
    await this.store.handOver(monitor.settings.id, this.replica.id, epoch);
    await this.notifications.notify(truthChannel, monitor.settings.id);
  }

  private async follow(monitor: NodeMonitor, row: TruthRow): Promise<void> {
    monitor.followMemory(row.memory ?? undefined);
    if (row.ver <= monitor.standing.ver) return;
    const facts =
      row.inventoryHash === monitor.facts?.inventoryHash ? monitor.facts : await this.factsOf(row);
    if (monitor.follow(row, facts)) this.followed(monitor);
  }

  /** As the owner read them, whether or not this replica can reach the node. */
  private async factsOf({ inventoryHash, capabilities, devices }: TruthRow): Promise<NodeFacts | undefined> {
    if (inventoryHash === null || !capabilities) return undefined;
    const inventory = await this.inventoryOf(inventoryHash);
    const probe = { version: capabilities.version, capabilities, gpus: devices ?? [] };
    return inventory && { probe, inventory, inventoryHash };
  }

  private inventoryOf(hash: string): Promise<Inventory | undefined> {
    const known = this.inventories.get(hash) ?? this.readInventory(hash);
    this.inventories.delete(hash);
    this.inventories.set(hash, known);
    known.catch(() => this.inventories.delete(hash));
    const [oldest] = this.inventories.keys();
    if (this.inventories.size > inventoriesMax && oldest !== undefined) this.inventories.delete(oldest);
    return known;
  }

  private async readInventory(hash: string): Promise<Inventory | undefined> {
    const body = await this.store.inventory(hash);
    return body === undefined ? undefined : { classes: classesIn(await parsePlainInTurns(body)) };
  }

  private async write(monitor: NodeMonitor): Promise<void> {
    const { epoch } = monitor.standing;
    if (epoch === undefined || !this.unwritten.delete(monitor)) return;
    const { id } = monitor.settings;
    try {
      const { facts } = monitor;
      if (facts && this.keptHash.get(monitor) !== facts.inventoryHash)
        await this.nodes.keepInventory(facts.inventoryHash, await inTurns(canonicalSteps(facts.inventory)));
      this.keptHash.delete(monitor);
      const ver = await this.store.write(id, this.replica.id, epoch, this.statementOf(monitor));
      if (ver === undefined) return monitor.release();
      if (facts) this.keptHash.set(monitor, facts.inventoryHash);
      monitor.standing.ver = ver;
      await this.notifications.notify(truthChannel, id);
    } catch (error) {
      this.unwritten.add(monitor);
      this.log.warn({ err: error, node: id }, 'how a node stands could not be written; it is tried again');
    }
  }

  private statementOf(monitor: NodeMonitor) {
    const breaker = recordOfBreaker(monitor.breaker, this.clock.monotonicMs());
    return { ...observationOf(monitor), flags: monitor.health.flags, breaker };
  }

  private async beat(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.beatDueMs) return;
    this.beatDueMs = nowMs + beatIntervalMs;
    const seen = [...this.monitors.values()].flatMap((monitor) => {
      const { lastSeenAt, memory, settings } = monitor;
      if (!monitor.isOwner || !lastSeenAt) return [];
      return [{ id: settings.id, seenForMs: this.clock.now().getTime() - lastSeenAt.getTime(), memory }];
    });
    if (seen.length > 0) await this.store.beat(this.replica.id, seen);
  }
}
