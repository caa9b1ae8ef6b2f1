/** What nodes are believed to hold in memory, as the leader wrote it down; read again at most every two seconds. */
import { Inject, Injectable } from '@nestjs/common';
import { SchedulerStore } from '../../../modules/jobs/index.js';
import { readLearned } from '../../../modules/scheduling/index.js';

export interface Resident {
  /** Model names, the least recently used first. */
  byNode: Readonly<Record<string, readonly string[]>>;
  modelBytes: Readonly<Record<string, number>>;
}

const rereadMs = 2_000;

@Injectable()
export class Residents {
  private known: Resident = { byNode: {}, modelBytes: {} };
  private readAtMs = -Infinity;

  constructor(@Inject(SchedulerStore) private readonly store: SchedulerStore) {}

  async current(): Promise<Resident> {
    if (performance.now() - this.readAtMs < rereadMs) return this.known;
    const { residency, modelBytes = {} } = readLearned(await this.store.memory());
    this.readAtMs = performance.now();
    this.known = { byNode: residency, modelBytes };
    return this.known;
  }
}
