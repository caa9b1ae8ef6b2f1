/**
 * Watches one node: probes it, reads its inventory, and keeps its health and breaker by the pure rules of domain/.
 *
 * Guarantees: one poll at a time; every call has a timeout; an inventory is read at the first answer, after each
 * reconnection, when somebody contradicts it, and periodically, but never for more than a twentieth of the time: a
 * server with many packs takes tens of seconds for it and does nothing else meanwhile. Classes that some job found
 * lacking are looked at by themselves in between, so that a file that appears is seen soon on such servers too.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import type { Logger } from '../../platform/logging/index.js';
import type { Clock } from '../../platform/clock/index.js';
import { byCodeUnit } from '../workflows/domain/index.js';
import {
  type Capabilities,
  ComfyCallError,
  ComfyClient,
  type NodeProbe,
  probeNode,
} from '../comfyui/index.js';
import {
  admission,
  type Breaker,
  canonicalInventory,
  closedBreaker,
  type HealthEvent,
  type HealthFlag,
  type Inventory,
  inventoryFrom,
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

export interface NodeSettings {
  id: string;
  url: string;
  weight: number;
  admin: 'active' | 'draining' | 'disabled';
}

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

export interface MonitorOptions {
  settings: NodeSettings;
  pollIntervalMs: number;
  inventoryRefreshMs: number;
  clock: Clock;
  random: () => number;
  log: Logger;
  /** Called after each change of state, facts or breaker. */
  changed: (monitor: NodeMonitor) => void;
}

const compress = promisify(gzip);

/** The inventory may take one part in this many of a node's time. */
const inventoryShare = 20;
/** Looked at by themselves; a job that lacks more than this waits for the next whole inventory. */
const wantedClassesMax = 16;

export class NodeMonitor {
  readonly client: ComfyClient;
  health: NodeHealth = newNode();
  breaker: Breaker = closedBreaker();
  facts: NodeFacts | undefined;
  reason: string | undefined;
  lastSeenAt: Date | undefined;
  private inventoryDueMs = 0;
  private busy = false;
  private wanted: ReadonlySet<string> = new Set();
  private wantedDueMs = 0;
  private readonly loop: PeriodicLoop;

  constructor(private readonly options: MonitorOptions) {
    this.client = new ComfyClient({ baseUrl: new URL(options.settings.url) });
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
    this.inventoryDueMs = 0;
    this.loop.wake();
  }

  /** Node classes that a job needs here and that are missing, or lack one of its files. Forgotten when the inventory changes. */
  watchFor(classes: Iterable<string>): void {
    this.wanted = new Set([...this.wanted, ...classes].slice(0, wantedClassesMax));
  }

  /** Tells whether a prompt of ours runs there; when none is left a drain is complete. */
  noteWork(openAttempts: number): void {
    this.busy = openAttempts > 0;
    if (!this.busy) this.apply({ type: 'emptied' });
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
    this.apply({ type: 'restarted' });
    this.refreshInventory();
  }

  pollFailed(cause: PollFailure): void {
    this.apply({ type: 'poll_failed', atMs: this.nowMs(), cause, busy: this.busy });
  }

  updateSettings(settings: NodeSettings): void {
    this.options.settings = settings;
    this.applyAdmin();
  }

  private applyAdmin(): void {
    const { admin } = this.options.settings;
    if (admin === 'active') {
      this.apply({ type: 'enable' });
      this.apply({ type: 'undrain' });
    } else {
      this.apply({ type: admin === 'draining' ? 'drain' : 'disable' });
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
        if (this.nowMs() >= this.inventoryDueMs) await this.readInventory(this.facts.probe);
        else if (this.wanted.size > 0 && this.nowMs() >= this.wantedDueMs) await this.readWanted(this.facts);
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

  private wasAway(): boolean {
    return this.health.state.name === 'suspect' || this.health.state.name === 'down';
  }

  private async probe(): Promise<void> {
    this.apply({ type: 'probe_started', atMs: this.nowMs() });
    const probe = await probeNode(this.client);
    if (probe.kind === 'compatible') await this.readInventory(probe);
    else {
      this.reason = probe.reason;
      this.seen({ type: 'probed', atMs: this.nowMs(), incompatible: [probe.reason] });
    }
  }

  private async readInventory(probe: CompatibleProbe): Promise<void> {
    const beganMs = this.nowMs();
    const { info, text } = await this.client.objectInfo();
    const tookMs = this.nowMs() - beganMs;
    this.inventoryDueMs = this.nowMs() + Math.max(this.options.inventoryRefreshMs, inventoryShare * tookMs);
    this.keepInventory(probe, inventoryFrom(info), await documentOf(text, this.facts?.objectInfo));
  }

  /** The classes that jobs are waiting for, one small answer each. */
  private async readWanted({ probe, inventory, objectInfo }: NodeFacts): Promise<void> {
    this.wantedDueMs = this.nowMs() + this.options.inventoryRefreshMs / 2;
    const classes = { ...inventory.classes };
    for (const name of this.wanted) {
      const info = await this.client.objectInfoClass(name);
      if (info) Object.assign(classes, inventoryFrom({ [name]: info }).classes);
      else delete classes[name];
    }
    this.keepInventory(probe, inOrder(classes), objectInfo);
  }

  private keepInventory(probe: CompatibleProbe, inventory: Inventory, objectInfo: ObjectInfoDocument): void {
    const inventoryHash = createHash('sha256').update(canonicalInventory(inventory)).digest('hex');
    const isNew = inventoryHash !== this.facts?.inventoryHash || probe !== this.facts.probe;
    const kept = isNew ? inventory : (this.facts?.inventory ?? inventory);
    this.facts = { probe, inventory: kept, inventoryHash, objectInfo };
    if (isNew) this.wanted = new Set();
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

/** As a whole inventory lists them, so that equal ones have equal hashes. */
function inOrder(classes: Inventory['classes']): Inventory {
  return {
    classes: Object.fromEntries(
      Object.entries(classes).toSorted(([left], [right]) => byCodeUnit(left, right)),
    ),
  };
}

const describe = ({ state, admin, flags }: NodeHealth): unknown => [state.name, admin, flags];

async function documentOf(text: string, known: ObjectInfoDocument | undefined): Promise<ObjectInfoDocument> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return known?.sha256 === sha256 ? known : { sha256, gzip: await compress(text) };
}

function causeOf(error: unknown): PollFailure {
  if (!(error instanceof ComfyCallError)) return 'error';
  if (error.kind === 'not_sent') return 'refused';
  return error.kind === 'timeout' ? 'timeout' : 'error';
}
