/**
 * Watches one node. Its owner polls it, reads its inventory and judges how it stands; the other replicas copy what the owner
 * wrote, and read its inventory only to have its document at hand, and to tell the owner when it is another one. One poll at
 * a time; every call has a timeout.
 */
import type { Clock } from '../../../platform/clock/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import { type Capabilities, ComfyClient, type NodeMemory, probeNode } from '../../comfyui/index.js';
import {
  type Breaker,
  type HealthEvent,
  type HealthFlag,
  mayReceive,
  type NodeHealth,
  type NodeTruth,
  type PollFailure,
} from '../domain/index.js';
import { CopiedFacts } from './copied-facts.js';
import { InventoryReader, type NodeFacts } from './inventory-reader.js';
import { MemoryReader } from './memory-reader.js';
import { causeOf, type NodeSettings } from '../registry/node-settings.js';
import { type Evidence, NodeStanding } from '../truth/node-standing.js';

export interface MonitorOptions {
  settings: NodeSettings;
  openAttempts: number;
  pollIntervalMs: number;
  inventoryRefreshMs: number;
  clock: Clock;
  random: () => number;
  log: Logger;
  /** Called after each change of state, facts or breaker. */
  changed: (monitor: NodeMonitor) => void;
  /** Brings what was seen here to the owner of the node. */
  tellOwner: (evidence: Evidence) => void;
}

export class NodeMonitor {
  readonly client: ComfyClient;
  readonly standing: NodeStanding;
  reason: string | undefined;
  lastSeenAt: Date | undefined;
  /** Prompts of ours that are there, as the last look at the record told. */
  openAttempts: number;
  /** How often what the node held in memory may have gone since this monitor began. */
  memoryLosses = 0;
  private readonly copied: CopiedFacts;
  private readonly inventory: InventoryReader;
  private readonly memoryReader: MemoryReader;
  private readonly loop: PeriodicLoop;

  constructor(private readonly options: MonitorOptions) {
    this.openAttempts = options.openAttempts;
    this.client = new ComfyClient({ baseUrl: new URL(options.settings.url) });
    this.inventory = new InventoryReader(this.client, options);
    this.copied = new CopiedFacts(this.client, this.inventory);
    this.memoryReader = new MemoryReader(this.client, options.clock);
    this.standing = new NodeStanding({
      nowMs: () => this.nowMs(),
      random: options.random,
      changed: () => options.changed(this),
    });
    this.applyAdmin();
    this.loop = new PeriodicLoop({
      name: `node ${options.settings.id}`,
      intervalMs: options.pollIntervalMs,
      clock: options.clock,
      log: options.log,
      turn: async () => this.poll(),
    });
  }

  get settings(): NodeSettings {
    return this.options.settings;
  }

  get health(): NodeHealth {
    return this.standing.health;
  }

  get breaker(): Breaker {
    return this.standing.breaker;
  }

  get facts(): NodeFacts | undefined {
    return this.isOwner ? this.inventory.facts : this.copied.facts;
  }

  get memory(): NodeMemory | undefined {
    if (!this.answers) return undefined;
    return this.isOwner ? this.memoryReader.memory : this.copied.memory;
  }

  /** This replica judges the node. */
  get isOwner(): boolean {
    return this.standing.isOwner;
  }

  get capabilities(): Capabilities | undefined {
    return this.facts?.probe.capabilities;
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    // Closing the client ends a call that hangs.
    await Promise.all([this.loop.stop(), this.client.close()]);
  }

  /** New work may be placed: healthy, not drained, breaker shut or its canary due, inventory known. */
  get mayReceive(): boolean {
    return this.isSound && !this.isEjected;
  }

  /** All but its breaker is in favour of new work. */
  get isSound(): boolean {
    return this.facts !== undefined && mayReceive(this.health);
  }

  /** Its breaker keeps new work away. */
  get isEjected(): boolean {
    return this.standing.isEjected;
  }

  /** It answered the last poll, as a ComfyUI that can be used. */
  get answers(): boolean {
    return this.health.state.name === 'ready';
  }

  /** From now on this replica judges the node, beginning with what the last owner wrote. */
  take(truth: NodeTruth, epoch: number, facts: NodeFacts | undefined): void {
    if (facts && facts.inventoryHash !== this.inventory.facts?.inventoryHash)
      this.inventory.adopt(this.copied.withDocument(facts));
    this.standing.take(truth, epoch);
    this.reason = truth.reason ?? undefined;
    this.loop.wake();
  }

  /** Another replica judges it. */
  release(): void {
    this.copied.begin(this.inventory.facts, this.memoryReader.memory);
    this.standing.release();
  }

  /** The owner's word. True when it is news. */
  follow(truth: NodeTruth, facts: NodeFacts | undefined): boolean {
    const wasDown = this.health.state.name === 'down';
    if (!this.standing.follow(truth)) return false;
    this.reason = truth.reason ?? undefined;
    this.copied.follow(facts);
    if (!wasDown && this.health.state.name === 'down') this.noteMemoryLost();
    return true;
  }

  /** The owner's word on what changes all the time. */
  followMemory(memory: NodeMemory | undefined): void {
    this.copied.memory = memory ?? this.copied.memory;
  }

  /** Looks at once at these classes, which the node has just contradicted. False: how it is with them is not known. */
  async lookAgainAt(classes: Iterable<string>): Promise<boolean> {
    if (!this.isOwner) return false;
    try {
      const read = await this.inventory.readContradicted(classes);
      if (read) this.inventoryRead(read);
      return read !== undefined;
    } catch {
      return false;
    }
  }

  /** Orders another look at the inventory at once: the node has just contradicted it. */
  refreshInventory(): void {
    this.note({ kind: 'contradicted' });
  }

  /** Node classes that a job needs here and that are missing, or lack one of its files. Forgotten when the inventory changes. */
  watchFor(classes: Iterable<string>): void {
    this.inventory.watchFor(classes);
  }

  /** Tells whether a prompt of ours runs there; when none is left a drain is complete. */
  noteWork(openAttempts: number): void {
    this.openAttempts = openAttempts;
    this.apply({ type: this.busy ? 'occupied' : 'emptied' });
  }

  /** The prompts of ours that are open here, as the record has them. */
  noteOpen(promptIds: readonly string[]): void {
    this.noteWork(promptIds.length);
    this.standing.noteOpen(promptIds);
  }

  /** A prompt is about to be sent here. */
  noteSending(promptId: string): void {
    if (this.breaker.state !== 'closed') this.note({ kind: 'canary', promptId });
  }

  /** A job was placed here; where the breaker is not closed it may be the canary, and the next has to wait for it. */
  notePlaced(): void {
    this.standing.holdForCanary();
  }

  noteSuccess(): void {
    this.note({ kind: 'success' });
  }

  noteInconclusive(promptId: string): void {
    this.note({ kind: 'inconclusive', promptId });
  }

  /** A fault of the node. `sticky`: every later prompt will fail too, until its process is restarted. */
  noteFault(sticky: boolean): void {
    this.note({ kind: 'fault', sticky });
  }

  raise(flag: HealthFlag): void {
    this.note({ kind: 'flag', flag });
  }

  /** Somebody saw the node's work vanish: a new process answers there. */
  noteRestart(): void {
    this.noteMemoryLost();
    this.note({ kind: 'restarted' });
  }

  /** What was seen here or told by another replica; the owner judges it. */
  note(evidence: Evidence): void {
    if (!this.isOwner) return this.options.tellOwner(evidence);
    this.standing.judge(evidence);
    if (evidence.kind !== 'restarted' && evidence.kind !== 'contradicted') return;
    this.inventory.expire();
    this.loop.wake();
  }

  noteMemoryLost(): void {
    this.memoryLosses += 1;
  }

  pollFailed(cause: PollFailure): void {
    this.apply({ type: 'poll_failed', atMs: this.nowMs(), cause, busy: this.busy });
  }

  updateSettings(settings: NodeSettings): void {
    const { incarnation } = this.options.settings;
    this.options.settings = settings;
    this.applyAdmin();
    if (this.isOtherThan(incarnation)) this.noteProcessEnded();
  }

  /** Its source tells of another process now than this one; unknown is not another. */
  isOtherThan(incarnation: string | null): boolean {
    const told = this.options.settings.incarnation;
    return incarnation !== null && told !== null && incarnation !== told;
  }

  /** The source of the node says that its process is another one now, or none; every replica is told so. */
  private noteProcessEnded(): void {
    this.noteMemoryLost();
    if (!this.isOwner) return;
    this.apply({ type: 'gone', atMs: this.nowMs() });
    this.note({ kind: 'restarted' });
  }

  private applyAdmin(): void {
    const { admin, leaving } = this.options.settings;
    if (admin === 'active' && !leaving) {
      this.apply({ type: 'enable' });
      this.apply({ type: 'undrain' });
    } else {
      this.apply({ type: admin === 'disabled' ? 'disable' : 'drain' });
      if (!this.busy) this.apply({ type: 'emptied' });
    }
  }

  private async poll(): Promise<void> {
    if (this.health.admin === 'disabled') return;
    if (!this.isOwner) return this.compare();
    try {
      if (this.facts === undefined || this.mustProbe()) await this.probe();
      else {
        const remaining = await this.client.queueRemaining();
        this.reason = undefined;
        this.seen({ type: 'poll_ok', atMs: this.nowMs() });
        await this.cure(remaining);
        // Not waited for: it must not make the next poll late.
        void this.memoryReader.readDue();
        const read = await this.inventory.readDue();
        if (read) this.inventoryRead(read);
      }
    } catch (error) {
      const isFirst = this.reason === undefined;
      this.reason = error instanceof Error ? error.message : String(error);
      this.pollFailed(causeOf(error));
      // A node that was never reached stays in its first state: the log would not tell why.
      if (isFirst && this.facts === undefined) this.options.changed(this);
    }
  }

  /** A restart between two polls goes unseen, but what it cures shows: a dead worker's queue never empties, and a broken GPU gives no statistics. */
  private async cure(queueRemaining: number): Promise<void> {
    const { flags } = this.health;
    if (queueRemaining === 0 && flags.includes('zombie'))
      this.apply({ type: 'flag_cleared', flag: 'zombie' });
    if (!flags.includes('sick_gpu')) return;
    const works = await this.client.systemStats().catch(() => undefined);
    if (works) this.apply({ type: 'flag_cleared', flag: 'sick_gpu' });
  }

  /** The owner hears when the node tells this replica of another inventory. */
  private async compare(): Promise<void> {
    if (!this.answers) return;
    const differs = await this.copied.compare().catch((error: unknown) => {
      this.options.log.debug(
        { err: error, node: this.settings.id },
        'a node that another replica judges did not answer',
      );
      return false;
    });
    if (differs && !this.isOwner) this.options.tellOwner({ kind: 'contradicted' });
  }

  private get busy(): boolean {
    return this.openAttempts > 0;
  }

  /** Only a probe leads out of these states, however much another owner told of the node before. */
  private mustProbe(): boolean {
    return ['unknown', 'suspect', 'down'].includes(this.health.state.name);
  }

  private async probe(): Promise<void> {
    this.apply({ type: 'probe_started', atMs: this.nowMs() });
    const probe = await probeNode(this.client);
    if (probe.kind === 'compatible') this.inventoryRead(await this.inventory.read(probe));
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
    this.apply(event, factsChanged);
  }

  private apply(event: HealthEvent, factsChanged = false): void {
    const wasDown = this.health.state.name === 'down';
    this.standing.apply(event, factsChanged);
    if (!wasDown && this.health.state.name === 'down') this.noteMemoryLost();
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}
