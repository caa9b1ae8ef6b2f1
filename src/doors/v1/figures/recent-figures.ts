/** Figures that go through many rows of the record, and that every open console asks for again and again. */
import { Inject, Injectable } from '@nestjs/common';
import {
  type FailureCause,
  FiguresStore,
  type MinuteFigures,
  type ModelUse,
} from '../../../modules/jobs/index.js';
import { SharedReading } from './shared-reading.js';

const sharedMs = { figures: 2_000, uses: 5_000 };

interface Figures {
  minutes: MinuteFigures[];
  failures: FailureCause[];
}

@Injectable()
export class RecentFigures {
  private readonly figures = new SharedReading<Figures>(sharedMs.figures);
  private readonly uses = new SharedReading<ModelUse[]>(sharedMs.uses);

  constructor(@Inject(FiguresStore) private readonly store: FiguresStore) {}

  /** What happened in the last minutes; of all tenants without one. */
  async of(minutes: number, tenant: string | null): Promise<Figures> {
    return this.figures.of(JSON.stringify([minutes, tenant]), async () => ({
      minutes: await this.store.minutes(minutes, tenant),
      failures: await this.store.failures(minutes, tenant),
    }));
  }

  /** Which of a node's last runs used each model last. */
  async modelUses(nodeId: string): Promise<ModelUse[]> {
    return this.uses.of(nodeId, async () => this.store.modelUses(nodeId));
  }
}
