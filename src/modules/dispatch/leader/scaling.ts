/** How many nodes the pools want that somebody scales, by what waits now and by what each could run. */
import type { ScalingPool } from '../../../platform/config/index.js';
import {
  type KnownPool,
  type NodeMonitor,
  type NodesService,
  type PoolMemory,
  poolsOf,
  type PoolsStore,
} from '../../nodes/index.js';
import { type PoolWish, type SchedulerState, wantedNodes } from '../../scheduling/index.js';
import type { QueueFeed } from './feeds/queue-feed.js';

export interface ScalingDependencies {
  nodes: NodesService;
  pools: PoolsStore;
  scaling: { pools: readonly ScalingPool[]; targetWaitS: number };
}

export class Scaling {
  private known = new Map<string, KnownPool>();
  private isStale = true;
  private readonly verdicts = new Map<string, boolean>();

  constructor(
    private readonly deps: ScalingDependencies,
    private readonly queue: Pick<QueueFeed, 'classOf'>,
  ) {}

  async wishes(state: SchedulerState): Promise<Record<string, PoolWish>> {
    const { pools, targetWaitS } = this.deps.scaling;
    if (pools.length === 0) return {};
    for (const { name } of pools) await this.remember(name);
    if (this.isStale) await this.read();
    const asked = pools.map((pool) => ({
      ...pool,
      could: (id: string) => this.could(pool.name, Number(id)),
    }));
    return Object.fromEntries(wantedNodes(state, asked, targetWaitS));
  }

  private could(name: string, classId: number): boolean | undefined {
    const cls = this.queue.classOf(classId);
    if (!cls) return undefined;
    if (cls.pool !== null && cls.pool !== name) return false;
    const pool = this.known.get(name);
    if (!pool) return undefined;
    const key = `${name} ${pool.inventoryHash} ${classId}`;
    const verdict = this.verdicts.get(key) ?? pool.could(cls);
    this.verdicts.set(key, verdict);
    return verdict;
  }

  private async read(): Promise<void> {
    const known = await this.deps.pools.known(this.deps.scaling.pools.map(({ name }) => name));
    this.known = new Map(known.map((pool) => [pool.name, pool]));
    this.verdicts.clear();
    this.isStale = false;
  }

  /** Of a pool that has nodes, one of which is as good as another. */
  private async remember(name: string): Promise<void> {
    const memory = this.memoryOf(name);
    if (!memory || sameMemory(memory, this.known.get(name))) return;
    this.isStale = (await this.deps.pools.remember(memory)) || this.isStale;
  }

  private memoryOf(name: string): PoolMemory | undefined {
    const labelsOf = ({ settings }: NodeMonitor) => this.deps.nodes.recordOf(settings.id)?.labels ?? {};
    const member = this.deps.nodes
      .all()
      .toSorted((a, b) => (a.settings.id < b.settings.id ? -1 : 1))
      .find((monitor) => monitor.facts && poolsOf(labelsOf(monitor)).includes(name));
    if (!member?.facts) return undefined;
    const vramBytes = member.facts.probe.gpus[0]?.vramTotalBytes ?? 0;
    return { name, inventoryHash: member.facts.inventoryHash, vramBytes, labels: labelsOf(member) };
  }
}

const sameMemory = (one: PoolMemory, other: KnownPool | undefined): boolean =>
  other !== undefined &&
  one.inventoryHash === other.inventoryHash &&
  Math.round(one.vramBytes) === other.vramBytes &&
  JSON.stringify(one.labels) === JSON.stringify(other.labels);
