/**
 * Watches one node. Its owner polls it, reads its inventory and judges how it stands; the other replicas copy what the owner
 * wrote, and read its inventory only to have its document at hand, and to tell the owner when it is another one.
 *
 *   NodeLooks (one poll at a time) ─┐
 *   runs and leader (evidence) ─────┼─▶ owner: NodeStanding judges ─▶ record ─▶ other replicas: follow
 *   operators, discovery (settings) ┘   others: tell the owner
 */
import type { Clock } from '../../../platform/clock/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import { type Capabilities, ComfyClient, type NodeMemory } from '../../comfyui/index.js';
import {
  adminEvents,
  type Breaker,
  type Evidence,
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
import { NodeLooks } from './node-looks.js';
import type { NodeSettings } from '../registry/node-settings.js';
import { NodeStanding } from '../truth/node-standing.js';

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
  /** Prompts of ours that are there, as the last look at the record told. */
  openAttempts: number;
  /** How often what the node held in memory may have gone since this monitor began. */
  memoryLosses = 0;
  private readonly copied: CopiedFacts;
  private readonly inventory: InventoryReader;
  private readonly memoryReader: MemoryReader;
  private readonly looks: NodeLooks;
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
    const { client, standing, inventory, copied, memoryReader: memory } = this;
    this.looks = new NodeLooks(
      { client, standing, inventory, copied, memory },
      {
        ...options,
        saw: (event, factsChanged) => this.apply(event, factsChanged),
        failed: (cause) => this.pollFailed(cause),
        failedUnknown: () => options.changed(this),
      },
    );
    this.applyAdmin();
    this.loop = new PeriodicLoop({
      name: `node ${options.settings.id}`,
      intervalMs: options.pollIntervalMs,
      clock: options.clock,
      log: options.log,
      turn: async () => this.looks.look(),
    });
  }

  get settings(): NodeSettings {
    return this.options.settings;
  }

  /** Why it is not ready, for a person. */
  get reason(): string | undefined {
    return this.looks.reason;
  }

  set reason(reason: string | undefined) {
    this.looks.reason = reason;
  }

  get lastSeenAt(): Date | undefined {
    return this.looks.lastSeenAt;
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
    if (!this.noticingFall(() => this.standing.follow(truth))) return false;
    this.reason = truth.reason ?? undefined;
    this.copied.follow(facts);
    return true;
  }

  /** The owner's word on what changes all the time. */
  followMemory(memory: NodeMemory | undefined): void {
    this.copied.memory = memory ?? this.copied.memory;
  }

  /** Looks at once at these classes, which the node has just contradicted. False: how it is with them is not known. */
  async lookAgainAt(classes: Iterable<string>): Promise<boolean> {
    return this.looks.lookAgainAt(classes);
  }

  /** Node classes that a job needs here and that are missing, or lack one of its files. Forgotten when the inventory changes. */
  watchFor(classes: Iterable<string>): void {
    this.inventory.watchFor(classes);
  }

  /** Tells whether a prompt of ours runs there; when none is left a drain is complete. */
  noteWork(openAttempts: number): void {
    this.openAttempts = openAttempts;
    this.apply({ type: openAttempts > 0 ? 'occupied' : 'emptied' });
  }

  /** The prompts of ours that are open here, as the record has them, and the one that claimed the node last to try it. */
  noteOpen(promptIds: readonly string[], claimedBy: string | null): void {
    this.noteWork(promptIds.length);
    this.standing.noteOpen(promptIds, claimedBy);
  }

  /** A prompt is about to be sent here. */
  noteSending(promptId: string): void {
    if (this.breaker.state === 'closed') return;
    // Where the owner judges elsewhere, it has still to hear of it.
    this.standing.holdForCanary();
    this.note({ kind: 'canary', promptId });
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
    this.apply({ type: 'poll_failed', atMs: this.nowMs(), cause, busy: this.openAttempts > 0 });
  }

  updateSettings(settings: NodeSettings): void {
    const { incarnation } = this.options.settings;
    this.options.settings = settings;
    this.applyAdmin();
    if (!this.isOtherThan(incarnation)) return;
    // Its process is another one now, or none; every replica is told so.
    this.noteMemoryLost();
    if (!this.isOwner) return;
    this.apply({ type: 'gone', atMs: this.nowMs() });
    this.note({ kind: 'restarted' });
  }

  /** Its source tells of another process now than this one; unknown is not another. */
  isOtherThan(incarnation: string | null): boolean {
    const told = this.options.settings.incarnation;
    return incarnation !== null && told !== null && incarnation !== told;
  }

  private applyAdmin(): void {
    for (const event of adminEvents(this.settings, this.openAttempts > 0)) this.apply(event);
  }

  private apply(event: HealthEvent, factsChanged = false): void {
    this.noticingFall(() => this.standing.apply(event, factsChanged));
  }

  /** A node that goes down takes with it what it held in memory. */
  private noticingFall<Result>(change: () => Result): Result {
    const wasDown = this.health.state.name === 'down';
    const result = change();
    if (!wasDown && this.health.state.name === 'down') this.noteMemoryLost();
    return result;
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}
