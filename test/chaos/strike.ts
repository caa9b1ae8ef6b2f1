/** Makes the faults of a schedule happen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { eventually } from '../support/poll.js';
import type { Cluster } from './cluster.js';
import type { Recovery } from './recovery.js';
import type { Fault, Strike } from './schedule.js';

/** When something made a node forget, in epoch milliseconds. */
export interface Forgetting {
  node: string;
  atMs: number;
}

/** When nobody could reach a node, or nobody was there to reach any, in epoch milliseconds. */
export interface Outage {
  node: string | undefined;
  fromMs: number;
  toMs: number;
}

/** When every replica knew that an operator wants no work at a node, in epoch milliseconds. */
export type Refusal = Outage & { node: string };

/** A wish is known everywhere after two looks at the table, also when its notification is lost. */
const knownEverywhereMs = 3000;
/** Of every graph of the load, and of the shipped workflow. */
const neededModel = { folder: 'unet_gguf', file: wanModelFiles['unet_gguf']![0]! };
const forgetful = new Set([
  'restart',
  'exit',
  'exit-while-sampling',
  'unserialisable-output',
  'clear-history',
]);

export class Striker {
  readonly forgettings: Forgetting[] = [];
  readonly outages: Outage[] = [];
  readonly refusals: Refusal[] = [];
  private readonly lasting = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];
  private readonly wished = new Set<string>();
  private replicaEffects = 0;
  private poisoned = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly recovery: Recovery,
  ) {
    recovery.isQuiet = () =>
      this.replicaEffects === 0 && cluster.serving().length >= cluster.replicas.length - 1;
    cluster.onKilled((replicaId) => this.start(recovery.watch(replicaId, 'kill -9')));
  }

  /** One round: each strike at its time. Effects may outlast it. */
  async round(strikes: readonly Strike[], roundMs: number): Promise<void> {
    const beganMs = performance.now();
    for (const { atMs, fault } of strikes) {
      await sleep(Math.max(0, atMs - (performance.now() - beganMs)));
      this.start(this.apply(fault));
    }
    await sleep(Math.max(0, roundMs - (performance.now() - beganMs)));
  }

  /** Resolves when every effect with an end has ended; rejects with the first that failed. */
  async over(): Promise<void> {
    while (this.lasting.size > 0) await Promise.all(this.lasting);
    if (this.failures.length > 0) throw this.failures[0];
  }

  private start(effect: Promise<void>): void {
    const ended = effect
      .catch((error: unknown) => void this.failures.push(error))
      .finally(() => this.lasting.delete(ended));
    this.lasting.add(ended);
  }

  private async apply(fault: Fault): Promise<void> {
    switch (fault.on) {
      case 'replica':
        return this.onReplica(fault);
      case 'node':
        return this.onNode(fault);
      case 'registry':
        return this.poison(fault);
      case 'database':
        return this.disturbing(this.onDatabase(fault));
      case 'leader':
        return this.disturbing(this.usurp(fault));
    }
  }

  /** What makes recovery times of others meaningless while it lasts. */
  private async disturbing(effect: Promise<void>): Promise<void> {
    this.recovery.disturbed();
    this.replicaEffects += 1;
    await effect.finally(() => (this.replicaEffects -= 1));
  }

  private async onReplica(fault: Extract<Fault, { on: 'replica' }>): Promise<void> {
    const replica = this.cluster.replicas[fault.replica]!;
    const { id } = replica;
    switch (fault.kind) {
      case 'kill':
        return replica.kill();
      case 'terminate':
        replica.terminate();
        return this.recovery.watch(id, 'SIGTERM');
      case 'crash':
        return replica.crashAt(fault.at);
      case 'pause':
        return this.disturbing(replica.pauseFor(fault.forMs));
      case 'cut-off':
        return this.disturbing(replica.link.cutFor(fault.forMs));
    }
  }

  private async onNode(fault: Extract<Fault, { on: 'node' }>): Promise<void> {
    const node = this.cluster.nodes[fault.node]!;
    if (fault.kind === 'vanish') return node.withoutModel(neededModel, fault.forMs);
    if (fault.kind === 'drain' || fault.kind === 'disable') return this.wish(node.name, fault);
    if (fault.kind !== 'inject') {
      const fromMs = Date.now();
      this.outages.push({ node: node.name, fromMs, toMs: fromMs + fault.forMs });
      return fault.kind === 'pause' ? node.pauseFor(fault.forMs) : node.link.cutFor(fault.forMs);
    }
    if (forgetful.has(fault.spec.kind)) this.forgettings.push({ node: node.name, atMs: Date.now() });
    await node.inject(fault.spec);
    if (fault.restartAfterMs === undefined) return;
    await sleep(fault.restartAfterMs);
    this.forgettings.push({ node: node.name, atMs: Date.now() });
    await node.inject({ kind: 'restart' });
  }

  /** One wish at a time for a node; whoever serves is told, and each wish may meet another replica. */
  private async wish(
    node: string,
    { kind, forMs }: { kind: 'drain' | 'disable'; forMs: number },
  ): Promise<void> {
    if (this.wished.has(node)) return;
    this.wished.add(node);
    await this.tell(node, kind === 'drain' ? 'draining' : 'disabled');
    const fromMs = Date.now() + knownEverywhereMs;
    await sleep(forMs);
    this.refusals.push({ node, fromMs, toMs: Date.now() });
    await this.tell(node, 'active');
    this.wished.delete(node);
  }

  private turn = 0;

  private async tell(node: string, admin: 'draining' | 'disabled' | 'active'): Promise<void> {
    await eventually(
      async () => {
        const serving = this.cluster.serving();
        const { url } = serving[(this.turn += 1) % serving.length]!;
        const answer = await fetch(`${url}/v1/nodes/${node}`, {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ admin }),
          signal: AbortSignal.timeout(5000),
        });
        return answer.ok;
      },
      { timeoutMs: 300_000, intervalMs: 100, what: `${admin} for ${node}` },
    );
  }

  /** Below the doors, as a restored or older database might hold it. */
  private async poison({ url, forMs }: Extract<Fault, { on: 'registry' }>): Promise<void> {
    const id = `poisoned-${(this.poisoned += 1)}`;
    await this.cluster.query(
      `INSERT INTO node (id, url, source, weight, labels) VALUES ($1, $2, 'api', 1, 'null')`,
      [id, url],
    );
    await sleep(forMs);
    await this.cluster.query(`DELETE FROM node WHERE id = $1`, [id]);
  }

  private async onDatabase(fault: Extract<Fault, { on: 'database' }>): Promise<void> {
    switch (fault.kind) {
      case 'stop':
        return this.alone(async () => this.cluster.database.stopFor(fault.forMs));
      case 'crash':
        return this.alone(async () => this.crashDatabase());
      case 'end-connections':
        await this.endConnections('');
        return;
      case 'lose-notifications':
        await this.endConnections(`AND (query ILIKE 'listen%' OR query = 'select 1')`);
    }
  }

  private databaseFault: Promise<void> = Promise.resolve();

  /** Starts and stops of the one server, one after another. */
  private async alone(work: () => Promise<void>): Promise<void> {
    this.databaseFault = this.databaseFault
      .then(work)
      .then(async () => void (await this.cluster.query('SELECT 1')));
    return this.databaseFault;
  }

  /** kill -9; it is started again at once. */
  private async crashDatabase(): Promise<void> {
    const [row] = await this.cluster.query<{ pid: string }>(
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`,
    );
    process.kill(Number(row!.pid), 'SIGKILL');
  }

  private async endConnections(which: string): Promise<void> {
    await this.cluster.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'chaos' ${which}`,
    );
  }

  private async usurp({ replica, term }: Extract<Fault, { on: 'leader' }>): Promise<void> {
    const { id } = this.cluster.replicas[replica]!;
    if (id === undefined) return;
    await this.cluster.query(
      `UPDATE leader SET replica_id = $1, term = term + $2, expires_at = now() + interval '3 seconds'`,
      [id, term === 'next' ? 1 : 0],
    );
  }
}
