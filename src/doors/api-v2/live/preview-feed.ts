import type { RunBoard } from './run-board.js';

const previewIntervalMs = 500;

/** The newest preview of a job for one stream, at most two a second. */
export class PreviewFeed {
  private hasNew: boolean;
  private takenAtMs = -Infinity;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly board: RunBoard,
    private readonly jobId: string,
    wake: () => void,
  ) {
    this.hasNew = board.previewOf(jobId) !== undefined;
    this.unsubscribe = board.onPreview(jobId, () => {
      this.hasNew = true;
      wake();
    });
  }

  /** Until `take` has something; Infinity while nothing is new. */
  get restMs(): number {
    return this.hasNew ? Math.max(0, this.takenAtMs + previewIntervalMs - performance.now()) : Infinity;
  }

  /** Its frame. */
  take(): Buffer | undefined {
    this.hasNew = false;
    this.takenAtMs = performance.now();
    return this.board.previewOf(this.jobId);
  }

  close(): void {
    this.unsubscribe();
  }
}
