import { Inject, Injectable } from '@nestjs/common';
import { PrismaService } from '../../../platform/database/index.js';

/** Who jobs are counted for. What an operator did not limit is null. */
export interface Tenant {
  id: string;
  weight: number;
  maxQueued: number | null;
  maxActive: number | null;
}

const fields = { id: true, weight: true, maxQueued: true, maxActive: true } as const;

@Injectable()
export class TenantsStore {
  constructor(@Inject(PrismaService) private readonly prisma: PrismaService) {}

  async all(): Promise<Tenant[]> {
    return this.prisma.tenant.findMany({ orderBy: { id: 'asc' }, select: fields });
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
