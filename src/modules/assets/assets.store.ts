import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { PrismaService } from '../../platform/database/index.js';

/** A file in storage: what it is and how many bytes it has. */
export interface StoredAsset {
  sha256: string;
  sizeBytes: number;
  mime: string;
  createdAt: Date;
}

const assetFields = { sha256: true, sizeBytes: true, mime: true, createdAt: true } as const;

@Injectable()
export class AssetsStore {
  constructor(
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Pool) private readonly pool: Pool,
  ) {}

  /** Renews `createdAt` of a known asset, so that it is not taken for an orphan while its new reference is written. */
  async remember({ sha256, sizeBytes, mime }: Omit<StoredAsset, 'createdAt'>): Promise<StoredAsset> {
    const row = await this.prisma.asset.upsert({
      where: { sha256 },
      create: { sha256, sizeBytes, mime },
      update: { createdAt: new Date() },
      select: assetFields,
    });
    return { ...row, sizeBytes: Number(row.sizeBytes) };
  }

  async find(sha256: string): Promise<StoredAsset | null> {
    const row = await this.prisma.asset.findUnique({ where: { sha256 }, select: assetFields });
    return row && { ...row, sizeBytes: Number(row.sizeBytes) };
  }

  async recordUpload(tenantId: string, name: string, sha256: string): Promise<void> {
    await this.prisma.upload.create({ data: { tenantId, name, sha256 } });
  }

  /** The newest upload of that name. */
  async findUpload(tenantId: string, name: string): Promise<StoredAsset | null> {
    const upload = await this.prisma.upload.findFirst({
      where: { tenantId, name },
      orderBy: { id: 'desc' },
      select: { asset: { select: assetFields } },
    });
    return upload && { ...upload.asset, sizeBytes: Number(upload.asset.sizeBytes) };
  }

  /** Deletes rows that no upload, job input or result names and that are older than `olderThan`; answers their hashes. */
  async deleteUnreferenced(olderThan: Date, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ sha256: string }>(
      `DELETE FROM asset WHERE sha256 IN (
         SELECT a.sha256 FROM asset a
         WHERE a.created_at < $1
           AND NOT EXISTS (SELECT FROM upload u WHERE u.sha256 = a.sha256)
           AND NOT EXISTS (SELECT FROM job_output o WHERE o.sha256 = a.sha256)
           AND NOT EXISTS (
             SELECT FROM job_input i WHERE i.assets @> jsonb_build_array(jsonb_build_object('sha256', a.sha256)))
         ORDER BY a.created_at LIMIT $2)
         AND created_at < $1
       RETURNING sha256`,
      [olderThan, limit],
    );
    return rows.map((row) => row.sha256);
  }
}
