/** Turns a run's events into the percentage that clients see: told at most twice a second, kept at most each five. */
import {
  advanceProgress,
  type ComfyEvent,
  type Graph,
  type Progress,
  startProgress,
} from '../comfyui/index.js';
import type { AttemptsStore, JobEvents, OpenAttempt } from '../jobs/index.js';

const tellIntervalMs = 500;
const keepIntervalMs = 5000;

export class RunProgress {
  private progress: Progress | undefined;
  private toldPercent = 0;
  private toldAtMs = -Infinity;
  private keptAtMs = -Infinity;

  constructor(
    private readonly attempt: OpenAttempt,
    private readonly attempts: AttemptsStore,
    private readonly events: JobEvents,
    private readonly monotonicMs: () => number,
  ) {}

  begin(graph: Graph): void {
    this.progress = startProgress(graph, this.attempt.promptId);
  }

  async started(): Promise<void> {
    await this.events.publish({
      type: 'state',
      jobId: this.attempt.jobId,
      state: 'active',
      started: true,
      nodeId: this.attempt.nodeId,
    });
  }

  hear(event: ComfyEvent): void {
    if (!this.progress) return;
    this.progress = advanceProgress(this.progress, event);
    const { percent } = this.progress;
    const nowMs = this.monotonicMs();
    if (percent <= this.toldPercent || nowMs - this.toldAtMs < tellIntervalMs) return;
    this.toldPercent = percent;
    this.toldAtMs = nowMs;
    void this.events.publish({
      type: 'progress',
      jobId: this.attempt.jobId,
      progress: percent,
      nodeId: this.attempt.nodeId,
    });
    if (nowMs - this.keptAtMs >= keepIntervalMs) this.keep(percent, nowMs);
  }

  private keep(percent: number, nowMs: number): void {
    this.keptAtMs = nowMs;
    // Lost progress costs nothing; the next one comes soon.
    this.attempts.noteProgress(this.attempt.promptId, percent).catch(() => undefined);
  }
}
