/**
 * Watches one node: probes it, has its inventory read, and keeps its health and breaker by the pure rules of domain/.
 * One poll at a time; every call has a timeout.
 */
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { Clock } from '../../platform/clock/index.js';
import {
  type Capabilities,
  ComfyCallError,
  ComfyClient,
  type NodeMemory,
  probeNode,
} from '../comfyui/index.js';
import {
  admission,
  type Breaker,
  closedBreaker,
  type HealthEvent,
  type HealthFlag,
  mayReceive,
  newNode,
  type NodeHealth,
  onCanarySent,
  onFault,
  onInconclusive,
  onSuccess,
  type PollFailure,
  reduceHealth,
} from './domain/index.js';
import { InventoryReader, type NodeFacts } from './inventory-reader.js';
import { MemoryReader } from './memory-reader.js';

export interface NodeSettings {
  id: string;
  url: string;
  weight: number;
  admin: 'active' | 'draining' | 'disabled';
  /** Its source has let go of it: it is drained whatever the operator says. */
  leaving: boolean;
  /** Which process answers there, where its source can tell. */
  incarnation: string | null;
}

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
}

export class NodeMonitor {
  readonly client: ComfyClient;
  health: NodeHealth = newNode();
  breaker: Breaker = closedBreaker();
  reason: string | undefined;
  lastSeenAt: Date | undefined;
  /** Prompts of ours that are there, as the last look at the record told. */
  openAttempts: number;
  /** How often what the node held in memory may have gone since this monitor began. */
  memoryLosses = 0;
  private readonly inventory: InventoryReader;
  private readonly memoryReader: MemoryReader;
  private readonly loop: PeriodicLoop;

  constructor(private readonly options: MonitorOptions) {
    this.openAttempts = options.openAttempts;
    this.client = new ComfyClient({ baseUrl: new URL(options.settings.url) });
    this.inventory = new InventoryReader(this.client, options);
    this.memoryReader = new MemoryReader(this.client, options.clock);
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

  get facts(): NodeFacts | undefined {
    return this.inventory.facts;
  }

  get memory(): NodeMemory | undefined {
    return this.answers ? this.memoryReader.memory : undefined;
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
    return admission(this.breaker, this.nowMs()) === 'none';
  }

  /** It answered the last poll, as a ComfyUI that can be used. */
  get answers(): boolean {
    return this.health.state.name === 'ready';
  }

  /** Orders another look at the inventory at once: the node has just contradicted it. */
  refreshInventory(): void {
    this.inventory.expire();
    this.loop.wake();
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

  notePlaced(): void {
    this.setBreaker(onCanarySent(this.breaker));
  }

  noteSuccess(): void {
    this.setBreaker(onSuccess(this.breaker));
  }

  noteInconclusive(): void {
    this.setBreaker(onInconclusive(this.breaker));
  }

  /** A fault of the node. `sticky`: every later prompt will fail too, until its process is restarted. */
  noteFault(sticky: boolean): void {
    if (sticky) this.apply({ type: 'flag_raised', flag: 'sick_gpu' });
    this.setBreaker(onFault(this.breaker, { atMs: this.nowMs(), sticky, random: this.options.random() }));
  }

  raise(flag: HealthFlag): void {
    this.apply({ type: 'flag_raised', flag });
  }

  /** Somebody saw the node's work vanish: a new process answers there. */
  noteRestart(): void {
    this.noteMemoryLost();
    this.apply({ type: 'restarted' });
    this.refreshInventory();
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

  /** The source of the node says that its process is another one now, or none. */
  private noteProcessEnded(): void {
    this.apply({ type: 'gone', atMs: this.nowMs() });
    this.noteRestart();
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
    try {
      if (this.facts === undefined || this.wasAway()) await this.probe();
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

  private get busy(): boolean {
    return this.openAttempts > 0;
  }

  private wasAway(): boolean {
    return this.health.state.name === 'suspect' || this.health.state.name === 'down';
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
    const before = this.health;
    this.health = reduceHealth(before, event);
    if (this.health.state.name === 'down' && before.state.name !== 'down') this.noteMemoryLost();
    const differs = JSON.stringify(describe(before)) !== JSON.stringify(describe(this.health));
    if (differs || factsChanged) this.options.changed(this);
  }

  private setBreaker(next: Breaker): void {
    const differs = next.state !== this.breaker.state;
    this.breaker = next;
    if (differs) this.options.changed(this);
  }

  private nowMs(): number {
    return this.options.clock.monotonicMs();
  }
}

const describe = ({ state, admin, flags }: NodeHealth): unknown => [state.name, admin, flags];

function causeOf(error: unknown): PollFailure {
  if (!(error instanceof ComfyCallError)) return 'error';
  if (error.kind === 'not_sent') return 'refused';
  return error.kind === 'timeout' ? 'timeout' : 'error';
}
