/**
 * Which attempts that were given up their nodes are to be asked about now. Only the owner of a node asks, and only while the job goes
 * on. A node that answers and knows nothing is asked again after pauses that grow to minutes, because a post may still be under way to it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { AttemptsStore, type LateAttempt } from '../../jobs/index.js';
import { type NodeMonitor, NodesService } from '../../nodes/index.js';

/** A prompt that its node has not shown by then is not waited for. */
const withinMs = 6 * 3_600_000;
const askedAtOnceMax = 256;
const longestPauseMs = 300_000;

interface Patience {
  dueMs: number;
  pauseMs: number;
}

export interface LateQuestion {
  attempt: LateAttempt;
  monitor: NodeMonitor;
}

@Injectable()
export class LateQuestions {
  private patience = new Map<string, Patience>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async due(): Promise<LateQuestion[]> {
    const mine = new Map(
      this.nodes
        .all()
        .filter(({ answers, settings }) => answers && this.replica.ownerOf(settings.id) === this.replica.id)
        .map((monitor) => [monitor.settings.id, monitor]),
    );
    if (mine.size === 0) return [];
    const found = await this.attempts.mayBeLate([...mine.keys()], withinMs, askedAtOnceMax);
    const due = found.filter(
      ({ promptId }) => (this.patience.get(promptId)?.dueMs ?? 0) <= this.clock.monotonicMs(),
    );
    this.patience = new Map(found.flatMap(({ promptId }) => this.kept(promptId)));
    return due.map((attempt) => ({ attempt, monitor: mine.get(attempt.nodeId)! }));
  }

  askLater({ promptId }: LateAttempt): void {
    const before = this.patience.get(promptId)?.pauseMs ?? this.config.IDLE_POLL_INTERVAL_MS;
    const pauseMs = Math.min(before * 2, longestPauseMs);
    this.patience.set(promptId, { pauseMs, dueMs: this.clock.monotonicMs() + before });
  }

  private kept(promptId: string): [string, Patience][] {
    const patience = this.patience.get(promptId);
    return patience ? [[promptId, patience]] : [];
  }
}
