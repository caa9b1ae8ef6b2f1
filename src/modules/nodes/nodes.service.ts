/**
 * The nodes this service knows: watched, asked about, told about. The registry in Postgres decides which there are;
 * the monitors tell how they are.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Notifications } from '../../platform/database/index.js';
import type { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Loops } from '../../platform/site/index.js';
import type { ComfyClient } from '../comfyui/index.js';
import type { Requirements } from '../workflows/index.js';
import {
  type MissingNeeds,
  mustClaim,
  type Readiness,
  readinessOf,
  sendingRefusal,
  triedByAnother,
} from './domain/index.js';
import { FleetAdmission } from './truth/fleet-admission.js';
import { ModelSizes } from './watching/model-sizes.js';
import { Monitors } from './watching/monitors.js';
import type { NodeMonitor } from './watching/node-monitor.js';
import { NodeTruths } from './truth/node-truths.js';
import { type NodeRecord, NodesStore } from './nodes.store.js';
import { EnvNodes } from './registry/env-nodes.js';

const channel = 'comfymux_nodes';
const memoryChannel = 'comfymux_node_memory';
const readinessEntriesMax = 20_000;

@Injectable()
export class NodesService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly modelSizes = new ModelSizes();
  private changeCount = 0;
  private readonly monitors = new Map<string, NodeMonitor>();
  private readonly records = new Map<string, NodeRecord>();
  private readonly listeners = new Set<() => void>();
  private readonly readiness = new Map<string, Readiness>();
  private readonly loop: PeriodicLoop;
  private readonly admission: FleetAdmission;
  private syncing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(NodesStore) private readonly store: NodesStore,
    @Inject(EnvNodes) private readonly env: EnvNodes,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(NodeTruths) private readonly truths: NodeTruths,
    @Inject(Monitors) private readonly watchers: Monitors,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.admission = new FleetAdmission(log);
    this.loop = loops.make({
      name: 'node registry',
      intervalMs: 1000,
      turn: async () => this.syncRegistry(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.env.register();
    await this.truths.begin(this.monitors, (monitor) => this.nodeChanged(monitor));
    await this.syncRegistry();
    await this.notifications.listen(channel, () => this.loop.wake());
    await this.notifications.listen(memoryChannel, (id) => this.memoryLost(id));
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all([...this.monitors.values()].map(async (monitor) => monitor.stop()));
    await this.truths.end();
  }

  /** Grows with each change of a node, its inventory among them. */
  get changes(): number {
    return this.changeCount;
  }

  all(): NodeMonitor[] {
    return [...this.monitors.values()];
  }

  find(id: string): NodeMonitor | undefined {
    return this.monitors.get(id);
  }

  /** Of every row of the registry, usable or not. */
  registered(): NodeRecord[] {
    return [...this.records.values()];
  }

  recordOf(id: string): NodeRecord | undefined {
    return this.records.get(id);
  }

  /** False while so many breakers are open that none keeps anybody out; as of the last look. */
  get heedsBreakers(): boolean {
    return !this.admission.isAlarmed;
  }

  /** Nodes that may be given work. */
  accepting(): NodeMonitor[] {
    return this.admission.accepting(this.all());
  }

  /** Why a job that was placed on this node must not be sent there after all, by what is known here; undefined: it may. */
  refusalOf(monitor: NodeMonitor, promptId: string): string | undefined {
    return sendingRefusal(monitor, promptId, this.all());
  }

  /**
   * Claims the node for a prompt that would try it; answers why it must not. While the breaker is closed here, or none is heeded,
   * nothing is asked of the database.
   */
  async claimRefusalOf(monitor: NodeMonitor, promptId: string): Promise<string | undefined> {
    if (!mustClaim(monitor, this.all())) return undefined;
    return (await this.truths.claimForCanary(monitor, promptId)) ? undefined : triedByAnother;
  }

  /** Resolves once what this replica judged of the node is written. */
  async written(monitor: NodeMonitor): Promise<void> {
    await this.truths.changed(monitor);
  }

  /** Clients of the nodes that answer, for looking at their files. */
  clients(): ComfyClient[] {
    return this.all().flatMap((monitor) => (monitor.answers ? [monitor.client] : []));
  }

  anyAnswering(): { connected: boolean; reason?: string } {
    if (this.all().some((monitor) => monitor.answers)) return { connected: true };
    const reasons = this.all().map(
      (monitor) => `${monitor.settings.id}: ${monitor.reason ?? 'not probed yet'}`,
    );
    return {
      connected: false,
      reason: reasons.length === 0 ? 'no ComfyUI node is registered' : reasons.slice(0, 5).join('; '),
    };
  }

  /** Calls `listener` whenever a node's state, inventory or breaker changed. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Whether this node's inventory holds what a graph needs; undefined before its inventory is known. `key` names equal requirements. */
  readinessOf(monitor: NodeMonitor, requirements: Requirements, key?: string): Readiness | undefined {
    if (!monitor.facts) return undefined;
    if (key === undefined) return readinessOf(requirements, monitor.facts.inventory);
    const entry = `${key} ${monitor.facts.inventoryHash}`;
    const known = this.readiness.get(entry);
    if (known) return known;
    if (this.readiness.size >= readinessEntriesMax) this.readiness.clear();
    const readiness = readinessOf(requirements, monitor.facts.inventory);
    if (!readiness.ready) monitor.watchFor(lackingClasses(readiness.missing));
    this.readiness.set(entry, readiness);
    return readiness;
  }

  /** How many prompts nobody sent through this service the node has; told by its owner. Known on every replica soon. */
  async noteForeignPrompts(id: string, count: number): Promise<void> {
    if (this.records.get(id)?.foreignPrompts === count) return;
    if ((await this.store.update(id, { foreignPrompts: count })) === 'changed') await this.registryChanged();
  }

  /**
   * What the node held in memory may be gone: it was told to free it, or may be another process. Known on every replica soon,
   * unless the notification is lost: then a job meets a load that nobody planned.
   */
  async noteMemoryLost(id: string): Promise<void> {
    await this.notifications
      .notify(memoryChannel, id)
      .catch((error: unknown) =>
        this.log.warn({ err: error, node: id }, 'that a node lost its memory could not be told'),
      );
  }

  /** Makes every replica look at the registry again. */
  async registryChanged(): Promise<void> {
    await this.syncRegistry();
    await this.notifications.notify(channel);
  }

  private memoryLost(id: string): void {
    this.monitors.get(id)?.noteMemoryLost();
    this.tellListeners();
  }

  /** One at a time: an older reading of the registry must not undo what a newer one brought. */
  private syncRegistry(): Promise<void> {
    const turn = this.syncing.then(async () => this.syncOnce());
    this.syncing = turn.catch(() => undefined);
    return turn;
  }

  private async syncOnce(): Promise<void> {
    const records = await this.store.all();
    const open = await this.store.openAttempts();
    let isOther = false;
    for (const record of records) {
      isOther ||= this.records.get(record.id)?.foreignPrompts !== record.foreignPrompts;
      this.note(record);
      await this.match(record, open.get(record.id) ?? []);
    }
    await this.dropOthers(records);
    await this.watchers.lookAtTruths();
    if (isOther) this.tellListeners();
  }

  private note(record: NodeRecord): void {
    const { id, mistake } = record;
    if (mistake !== undefined && mistake !== this.records.get(id)?.mistake)
      this.log.warn({ node: id, reason: mistake }, 'a node of the registry cannot be used');
    this.records.set(id, record);
  }

  /** Nodes that are not in the registry any more. */
  private async dropOthers(records: readonly NodeRecord[]): Promise<void> {
    const registered = new Set(records.map(({ id }) => id));
    for (const id of this.records.keys()) if (!registered.has(id)) this.records.delete(id);
    for (const [id, monitor] of this.monitors) if (!registered.has(id)) await this.forget(id, monitor);
  }

  /** Makes the monitor of a node be as its row says. */
  private async match(record: NodeRecord, open: readonly string[]): Promise<void> {
    const monitor = this.monitors.get(record.id);
    const isSame = record.mistake === undefined && monitor?.settings.url === record.url;
    if (monitor && isSame) {
      // Before the settings: a drain must not be taken for complete while work is open.
      monitor.noteOpen(open, record.canaryClaim);
      return monitor.updateSettings(record);
    }
    if (monitor) await this.forget(record.id, monitor);
    if (record.mistake === undefined) await this.watch(record, open.length);
  }

  private async watch(record: NodeRecord, openAttempts: number): Promise<void> {
    const monitor = this.watchers.make(record, openAttempts, (changed) => this.nodeChanged(changed));
    this.monitors.set(record.id, monitor);
    await this.watchers.begin(monitor, () => this.monitors.get(record.id) === monitor);
  }

  private async forget(id: string, monitor: NodeMonitor): Promise<void> {
    this.monitors.delete(id);
    this.changeCount += 1;
    await monitor.stop();
    this.tellListeners();
  }

  private nodeChanged(monitor: NodeMonitor): void {
    this.changeCount += 1;
    const { id } = monitor.settings;
    this.log.info(
      {
        node: id,
        state: monitor.health.state.name,
        flags: monitor.health.flags,
        breaker: monitor.breaker.state,
        reason: monitor.reason,
      },
      'node changed',
    );
    void this.truths.changed(monitor);
    if (monitor.facts) void this.learnSizes(monitor, monitor.facts.inventoryHash);
    this.tellListeners();
  }

  private async learnSizes({ client, settings }: NodeMonitor, inventoryHash: string): Promise<void> {
    await this.modelSizes
      .learn(client, inventoryHash)
      .catch((error: unknown) =>
        this.log.debug({ err: error, node: settings.id }, 'a node could not tell the sizes of its models'),
      );
  }

  private tellListeners(): void {
    for (const listener of this.listeners) listener();
  }
}

function lackingClasses({ classes, models, loras, choices }: MissingNeeds): string[] {
  return [...classes, ...[...models, ...loras, ...choices].map((choice) => choice.class)];
}
