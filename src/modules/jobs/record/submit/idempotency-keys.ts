/** The keys under which submits may be repeated; submit itself writes them, in its own statement. */
import { Inject, Injectable } from '@nestjs/common';
import { PrismaService } from '../../../../platform/database/index.js';

@Injectable()
export class IdempotencyKeys {
  constructor(@Inject(PrismaService) private readonly prisma: PrismaService) {}

  /** Answers how many. */
  async forgetExpired(now: Date): Promise<number> {
    const { count } = await this.prisma.idempotency.deleteMany({ where: { expiresAt: { lt: now } } });
    return count;
  }
}
