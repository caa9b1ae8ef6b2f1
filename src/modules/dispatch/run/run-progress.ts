/** Turns a run's events into what clients and the scheduler hear: told at most twice a second, kept at most each five. */
import {
  advanceProgress,
  type ComfyEvent,
  type Graph,
  type Progress,
  startProgress,
  stepsOf,
} from '../../comfyui/index.js';
import type { AttemptsStore, JobEvents, OpenAttempt } from '../../jobs/index.js';
import { setUpMsOf, type StepMark } from '../domain/set-up.js';

const tellIntervalMs = 500;
const keepIntervalMs = 5000;
const marksMax = 4000;

export class RunProgress {
  private progress: Progress | undefined;
  private toldPercent = 0;
  private toldAtMs = -Infinity;
  private keptAtMs = -Infinity;
  private marks: StepMark[] = [];

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

  /** The part of the run that was no sampling, as far as the events told. */
  setUpMs(): number | null {
    const setUpMs = setUpMsOf(this.marks);
    return setUpMs === undefined ? null : Math.round(setUpMs);
  }

  hear(event: ComfyEvent): void {
    if (!this.progress) return;
    const nowMs = this.monotonicMs();
    if (event.type === 'execution_start') this.marks = [{ atMs: nowMs, done: 0 }];
    this.progress = advanceProgress(this.progress, event);
    const { percent } = this.progress;
    const steps = stepsOf(this.progress);
    const isLast = this.mark(steps.done, nowMs) && steps.done >= steps.all;
    const isDue = percent > this.toldPercent && nowMs - this.toldAtMs >= tellIntervalMs;
    if (!isDue && !isLast) return;
    this.toldPercent = percent;
    this.toldAtMs = nowMs;
    const { jobId, nodeId } = this.attempt;
    void this.events.publish({ type: 'progress', jobId, progress: percent, nodeId, steps });
    if (nowMs - this.keptAtMs >= keepIntervalMs) this.keep(percent, nowMs);
  }

  /** Whether there are more steps than before. */
  private mark(done: number, atMs: number): boolean {
    if (done <= (this.marks.at(-1)?.done ?? Infinity) || this.marks.length >= marksMax) return false;
    this.marks.push({ atMs, done });
    return true;
  }

  private keep(percent: number, nowMs: number): void {
    this.keptAtMs = nowMs;
    // Lost progress costs nothing; the next one comes soon.
    this.attempts.noteProgress(this.attempt.promptId, percent).catch(() => undefined);
  }
}
