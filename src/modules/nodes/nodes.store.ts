import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type Prisma, PrismaService } from '../../platform/database/index.js';
import { labelsIn, mistakeIn } from './registry/registered-node.js';
import type { NodeSettings } from './registry/node-settings.js';

export interface NodeRecord extends NodeSettings {
  source: string;
  labels: Record<string, string>;
  /** Why nothing can be done with this row; such a node is shown and else left alone. */
  mistake: string | undefined;
  /** Since its owner last heard of it, to within some seconds. */
  lastSeenAt: Date | null;
  /** Prompts there that nobody sent through this service, as its owner last saw. */
  foreignPrompts: number;
  /** The prompt that claimed the node last to try it, open or not. */
  canaryClaim: string | null;
}

export interface NodeObservation {
  version: string | null;
  gpuClass: string | null;
  capabilities: unknown;
  devices: unknown;
  inventoryHash: string | null;
  state: string;
  stateReason: string | null;
  lastSeenAt: Date | null;
}

/** The registry of nodes: what an operator set, and what was last seen. */
@Injectable()
export class NodesStore {
  constructor(
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Pool) private readonly pool: Pool,
  ) {}

  async all(): Promise<NodeRecord[]> {
    const { rows } = await this.pool.query<Omit<NodeRecord, 'mistake'>>(
      `SELECT id, url, weight, admin, source, labels, leaving_at IS NOT NULL AS leaving, incarnation,
         foreign_prompts AS "foreignPrompts", canary_claim AS "canaryClaim", last_seen_at AS "lastSeenAt" FROM node ORDER BY id`,
    );
    return rows.map((row) => ({
      ...row,
      labels: labelsIn(row.labels),
      mistake: mistakeIn(row),
    }));
  }

  /** By whom a node is registered; undefined when it is not. */
  async sourceOf(id: string): Promise<{ source: string; leaving: boolean } | undefined> {
    const row = await this.prisma.node.findUnique({
      where: { id },
      select: { source: true, leavingAt: true },
    });
    return row ? { source: row.source, leaving: row.leavingAt !== null } : undefined;
  }

  async add(node: {
    id: string;
    url: string;
    weight: number;
    labels: Record<string, string>;
  }): Promise<'added' | 'taken'> {
    return untaken(async () => {
      await this.prisma.node.create({ data: { ...node, source: 'api' } });
      return 'added' as const;
    });
  }

  /** `taken`: the name or address is another node's. */
  async update(
    id: string,
    change: Prisma.NodeUpdateManyMutationInput,
  ): Promise<'changed' | 'unknown' | 'taken'> {
    return untaken(async () => {
      const { count } = await this.prisma.node.updateMany({ where: { id }, data: change });
      return count > 0 ? ('changed' as const) : ('unknown' as const);
    });
  }

  async remove(id: string): Promise<boolean> {
    const { count } = await this.prisma.node.deleteMany({ where: { id } });
    return count > 0;
  }

  /** Open attempts per node, by their prompts. */
  async openAttempts(): Promise<Map<string, string[]>> {
    const rows = await this.prisma.attempt.findMany({
      where: { closedAt: null },
      select: { nodeId: true, promptId: true },
    });
    const byNode = new Map<string, string[]>();
    for (const { nodeId, promptId } of rows) byNode.set(nodeId, [...(byNode.get(nodeId) ?? []), promptId]);
    return byNode;
  }

  /** `body` is JSON, of megabytes: it is written as it is, and not at all when it is there. */
  async keepInventory(hash: string, body: string): Promise<void> {
    const known = await this.prisma.inventory.findUnique({ where: { hash }, select: { createdAt: true } });
    if (known) return;
    await this.prisma
      .$executeRaw`INSERT INTO inventory (hash, body) VALUES (${hash}, ${body}::jsonb) ON CONFLICT (hash) DO NOTHING`;
  }

  /** Those that no node has, and that were not just written for one. Answers how many. */
  async forgetInventories(writtenBefore: Date): Promise<number> {
    const { count } = await this.prisma.inventory.deleteMany({
      where: { nodes: { none: {} }, pools: { none: {} }, createdAt: { lt: writtenBefore } },
    });
    return count;
  }
}

async function untaken<T>(write: () => Promise<T>): Promise<T | 'taken'> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'P2002') return 'taken';
    throw error;
  }
}
