/**
 * What happened in the last minutes, counted once for all who ask within two seconds: every open console asks each quarter of a minute,
 * and the counting goes through every job of the span.
 */
import { Inject, Injectable } from '@nestjs/common';
import { type FailureCause, FiguresStore, type MinuteFigures } from '../../../modules/jobs/index.js';

const sharedMs = 2_000;

interface Figures {
  minutes: MinuteFigures[];
  failures: FailureCause[];
}

@Injectable()
export class RecentFigures {
  private readonly counted = new Map<string, { atMs: number; figures: Promise<Figures> }>();

  constructor(@Inject(FiguresStore) private readonly store: FiguresStore) {}

  /** Of all tenants without one. */
  async of(minutes: number, tenant: string | null): Promise<Figures> {
    const key = JSON.stringify([minutes, tenant]);
    this.forgetOld();
    const known = this.counted.get(key);
    if (known) return known.figures;
    const figures = this.count(minutes, tenant);
    this.counted.set(key, { atMs: performance.now(), figures });
    figures.catch(() => this.counted.delete(key));
    return figures;
  }

  private async count(minutes: number, tenant: string | null): Promise<Figures> {
    return {
      minutes: await this.store.minutes(minutes, tenant),
      failures: await this.store.failures(minutes, tenant),
    };
  }

  /** So many at most as are asked for in that time. */
  private forgetOld(): void {
    for (const [key, { atMs }] of this.counted)
      if (performance.now() - atMs >= sharedMs) this.counted.delete(key);
  }
}
