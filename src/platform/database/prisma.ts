import { Inject, Injectable } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { PrismaClient } from './generated/client.js';

/** Prisma for ordinary queries, on the shared pool; whoever owns the pool ends it. */
@Injectable()
export class PrismaService extends PrismaClient {
  constructor(@Inject(Pool) pool: Pool) {
    super({ adapter: new PrismaPg(pool) });
  }
}
