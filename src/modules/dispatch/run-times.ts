/**
 * How long jobs of a profile run on a GPU class: an exponentially weighted mean of what the nodes themselves
 * measured, kept in Postgres. Late binding forgives a poor estimate; it orders nodes and tells people when.
 */
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PrismaService } from '../../platform/database/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import type { Settled } from '../comfyui/index.js';
import type { OpenAttempt } from '../jobs/index.js';

const newestShare = 0.2;
const unknownMs = 120_000;

@Injectable()
export class RunTimes implements OnApplicationBootstrap {
  private readonly means = new Map<string, { runs: number; meanMs: number }>();

  constructor(
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const row of await this.prisma.profileStat.findMany()) {
      const model = row.model as { meanMs?: number };
      if (typeof model.meanMs === 'number')
        this.means.set(keyOf(row.profileId, row.gpuClass), { runs: row.runs, meanMs: model.meanMs });
    }
  }

  /** Expected run in milliseconds, or a guess. */
  expectedMs(profileId: string, gpuClass: string): number {
    return this.knownMs(profileId, gpuClass) ?? unknownMs;
  }

  /** Expected run in milliseconds, from this GPU class, else from any. */
  knownMs(profileId: string, gpuClass: string): number | undefined {
    const exact = this.means.get(keyOf(profileId, gpuClass));
    if (exact) return exact.meanMs;
    const others = [...this.means]
      .filter(([key]) => key.startsWith(`${profileId}\n`))
      .map(([, { meanMs }]) => meanMs);
    return others.length === 0 ? undefined : others.reduce((sum, meanMs) => sum + meanMs, 0) / others.length;
  }

  learn(attempt: OpenAttempt, settled: Settled | undefined, gpuClass: string): void {
    if (settled?.startedAtMs === undefined || settled.endedAtMs === undefined) return;
    const tookMs = Math.max(1, settled.endedAtMs - settled.startedAtMs);
    const key = keyOf(attempt.profileId, gpuClass);
    const known = this.means.get(key);
    const meanMs = known ? known.meanMs + newestShare * (tookMs - known.meanMs) : tookMs;
    const runs = (known?.runs ?? 0) + 1;
    this.means.set(key, { runs, meanMs });
    this.prisma.profileStat
      .upsert({
        where: { profileId_gpuClass: { profileId: attempt.profileId, gpuClass } },
        create: { profileId: attempt.profileId, gpuClass, runs, model: { meanMs } },
        update: { runs, model: { meanMs }, updatedAt: new Date() },
      })
      .catch((error: unknown) => this.log.debug({ err: error }, 'a run time could not be kept'));
  }
}

const keyOf = (profileId: string, gpuClass: string): string => `${profileId}\n${gpuClass}`;
