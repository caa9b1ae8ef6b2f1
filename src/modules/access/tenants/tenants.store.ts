import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { PrismaService } from '../../../platform/database/index.js';

/** Who jobs are counted for. What an operator did not limit is null. */
export interface Tenant {
  id: string;
  weight: number;
  maxQueued: number | null;
  maxActive: number | null;
  /** Of those submitted on one day, UTC. */
  maxJobsPerDay: number | null;
  maxGpuSecondsPerDay: number | null;
  /** Of all files that it keeps, each content once. */
  maxStoredBytes: number | null;
  maxUploadedBytesPerDay: number | null;
  /** WebSockets and event streams that are open at one time, at all replicas together. */
  maxStreams: number | null;
  /** Of what the web UI keeps for it: settings and files. */
  maxUserDataBytes: number | null;
}

const fields = {
  id: true,
  weight: true,
  maxQueued: true,
  maxActive: true,
  maxJobsPerDay: true,
  maxGpuSecondsPerDay: true,
  maxStoredBytes: true,
  maxUploadedBytesPerDay: true,
  maxStreams: true,
  maxUserDataBytes: true,
} as const;

@Injectable()
export class TenantsStore {
  constructor(
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Pool) private readonly pool: Pool,
  ) {}

  async all(): Promise<Tenant[]> {
    return (await this.prisma.tenant.findMany({ orderBy: { id: 'asc' }, select: fields })).map(usable);
  }

  async removeEmpty(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM tenant t WHERE id = $1 AND NOT EXISTS (SELECT FROM job WHERE tenant_id = t.id)
         AND NOT EXISTS (SELECT FROM archive.job WHERE tenant_id = t.id) AND NOT EXISTS (SELECT FROM principal WHERE tenant_id = t.id)
         AND NOT EXISTS (SELECT FROM upload WHERE t.id IN (tenant_id, owner)) AND NOT EXISTS (SELECT FROM asset_record WHERE owner = t.id)`,
      [id],
    );
    return rowCount === 1;
  }

  /** Bytes of the settings and files that the web UI keeps, by tenant: of all, or of one. */
  async userDataBytes(id: string | null): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ tenantId: string; bytes: number }>(
      `SELECT o.tenant_id AS "tenantId", sum(k.bytes)::float8 AS bytes FROM ui_owner o JOIN (
         SELECT place, octet_length(body) AS bytes FROM ui_file
         UNION ALL SELECT place, octet_length(key) + octet_length(value) FROM ui_setting) k ON k.place = o.place
       WHERE $1::text IS NULL OR o.tenant_id = $1 GROUP BY o.tenant_id`,
      [id],
    );
    return new Map(rows.map(({ tenantId, bytes }) => [tenantId, bytes]));
  }

  async put({ id, ...settings }: Tenant): Promise<Tenant> {
    return this.prisma.tenant.upsert({
      where: { id },
      create: { id, ...settings },
      update: settings,
      select: fields,
    });
  }
}

/** Numbers that no door takes in, as an old or restored row may hold, count as not set. */
const usable = (tenant: Tenant): Tenant => ({
  ...tenant,
  weight: tenant.weight > 0 && tenant.weight < Infinity ? tenant.weight : 1,
  maxQueued: limitIn(tenant.maxQueued),
  maxActive: limitIn(tenant.maxActive),
  maxJobsPerDay: limitIn(tenant.maxJobsPerDay),
  maxGpuSecondsPerDay: limitIn(tenant.maxGpuSecondsPerDay),
  maxStoredBytes: limitIn(tenant.maxStoredBytes),
  maxUploadedBytesPerDay: limitIn(tenant.maxUploadedBytesPerDay),
  maxStreams: limitIn(tenant.maxStreams),
  maxUserDataBytes: limitIn(tenant.maxUserDataBytes),
});

const limitIn = (limit: number | null): number | null =>
  limit !== null && Number.isFinite(limit) && limit >= 0 ? limit : null;
