/** Reads the frames of one node's socket and passes on those of the attempts that are followed there, under job ids. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ComfyEvent, promptIdOfFrame, rewriteFramePromptId } from '../../comfyui/index.js';
import type { RunEvents } from './run-events.js';

/** What a node's history tells may overtake the frames on its socket. */
const lateMaxMs = 3_000;
const lookIntervalMs = 10;

export class EventRelay {
  /** The attempt that the node runs now: frames that name none belong to it. */
  private current: string | undefined;

  constructor(
    private readonly nodeId: string,
    private readonly events: RunEvents,
    /** The job of an attempt that is followed here. */
    private readonly jobOf: (attemptId: string) => string | undefined,
  ) {}

  /** Another connection hears nothing of the prompts of the last one. */
  closed(): void {
    this.current = undefined;
  }

  /** Resolves when the clients have all that the node said of the run, as far as its socket tells it in time. */
  async told(attemptId: string): Promise<void> {
    const untilMs = performance.now() + lateMaxMs;
    while (this.current === attemptId && performance.now() < untilMs) await sleep(lookIntervalMs);
    await this.events.picturesTold(attemptId);
  }

  text(text: string, event: ComfyEvent | undefined): void {
    if (event?.type === 'status' || event?.type === 'feature_flags') return;
    const promptId = event && 'promptId' in event ? event.promptId : undefined;
    if (event?.type === 'execution_start') this.current = event.promptId;
    const attemptId = promptId ?? this.current;
    const jobId = attemptId === undefined ? undefined : this.jobOf(attemptId);
    if (event?.type === 'executing' && event.nodeId === null) this.current = undefined;
    if (attemptId === undefined || jobId === undefined) return;
    // The id is a random UUID of ours: nothing else in the text can be equal to it.
    const rewritten = text.replaceAll(attemptId, jobId);
    this.events.publish({
      kind: 'json',
      jobId,
      attemptId,
      nodeId: this.nodeId,
      type: event?.type ?? 'other',
      text: rewritten,
    });
  }

  binary(bytes: Buffer): void {
    const attemptId = promptIdOfFrame(bytes) ?? this.current;
    const jobId = attemptId === undefined ? undefined : this.jobOf(attemptId);
    if (attemptId === undefined || jobId === undefined) return;
    const frame = rewriteFramePromptId(bytes, attemptId, jobId);
    this.events.publish({ kind: 'binary', jobId, attemptId, nodeId: this.nodeId, frame });
  }
}
