/** Reads the frames of one node's socket and passes on those of the attempts that are followed there, under job ids. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ComfyEvent, promptIdOfFrame, rewriteFramePromptId } from '../../comfyui/index.js';
import type { RunEvents } from './run-events.js';

/** What a node's history tells may overtake the frames on its socket. */
const lateMaxMs = 3_000;
const lookIntervalMs = 10;
const ofNoRun = new Set<string>(['status', 'feature_flags'] satisfies ComfyEvent['type'][]);

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
    const type = event?.type ?? 'other';
    if (ofNoRun.has(type)) return;
    if (event?.type === 'execution_start') this.current = event.promptId;
    const followed = this.followed(promptIdOf(event));
    if (event?.type === 'executing' && event.nodeId === null) this.current = undefined;
    if (!followed) return;
    // The id is a random UUID of ours: nothing else in the text can be equal to it.
    const rewritten = text.replaceAll(followed.attemptId, followed.jobId);
    const data = event?.data ?? {};
    this.events.publish({ kind: 'json', ...followed, nodeId: this.nodeId, type, text: rewritten, data });
  }

  binary(bytes: Buffer): void {
    const followed = this.followed(promptIdOfFrame(bytes));
    if (!followed) return;
    const frame = rewriteFramePromptId(bytes, followed.attemptId, followed.jobId);
    this.events.publish({ kind: 'binary', ...followed, nodeId: this.nodeId, frame });
  }

  private followed(promptId: string | undefined): { jobId: string; attemptId: string } | undefined {
    const attemptId = promptId ?? this.current;
    const jobId = attemptId === undefined ? undefined : this.jobOf(attemptId);
    return attemptId === undefined || jobId === undefined ? undefined : { jobId, attemptId };
  }
}

const promptIdOf = (event: ComfyEvent | undefined): string | undefined =>
  event && 'promptId' in event ? event.promptId : undefined;
