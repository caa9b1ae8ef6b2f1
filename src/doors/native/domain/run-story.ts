/**
 * What one client is told of one job, however often it is run.
 *
 * Guarantees: events of an attempt pass on in their order; a later attempt begins with an `execution_start` of its own,
 * and nothing of an earlier one follows it; the events that end a run are held back until the record says that the job
 * has ended, so that a retried run shows no end and `/history` is filled when the end is told; there is exactly one end,
 * and `executing` with a null node is the last thing said.
 */
import { type Steps, writeJsonSteps } from '../../../modules/comfyui/domain/index.js';
import { endMessage, eventText, type PromptRecord, type ToldRun, toldSteps } from './prompt-record.js';

export interface AttemptEvent {
  attemptId: string;
  type: string;
  text: string;
  /** Of the message. */
  data: Record<string, unknown>;
}

const endings = new Set(['execution_success', 'execution_error', 'execution_interrupted']);

export class RunStory {
  private attemptId: string | undefined;
  private readonly past = new Set<string>();
  private readonly executed = new Set<string>();
  private heldEnd: string | undefined;
  private toldStart = false;
  private toldCached = false;
  private hasEnded = false;
  /** As shown to a client that connects in the middle. */
  executingNode: string | undefined;

  constructor(private readonly jobId: string) {}

  /** The client was told of a start and of no end that its node has told since. */
  get isRunning(): boolean {
    return this.attemptId !== undefined && this.heldEnd === undefined && !this.hasEnded;
  }

  /** A preview of this attempt still belongs to what the client sees. */
  shows(attemptId: string): boolean {
    return this.isRunning && attemptId === this.attemptId;
  }

  /** The frames to pass on now. `nowMs` is the time of a start that the node was not heard to tell. */
  hear({ attemptId, type, text, data }: AttemptEvent, nowMs: number): string[] {
    if (this.hasEnded || this.past.has(attemptId)) return [];
    const opening = attemptId === this.attemptId ? [] : this.begin(attemptId, type, nowMs);
    if (endings.has(type)) {
      this.heldEnd = text;
      return opening;
    }
    if (type === 'executing') {
      if (data.node === null) return opening;
      this.executingNode = textOf(data.display_node ?? data.node);
    }
    if (type === 'execution_cached') this.toldCached = true;
    if (type === 'executed') this.executed.add(textOf(data.node) ?? '');
    return [...opening, text];
  }

  private begin(attemptId: string, type: string, nowMs: number): string[] {
    if (this.attemptId !== undefined) this.past.add(this.attemptId);
    this.attemptId = attemptId;
    this.heldEnd = undefined;
    this.executingNode = undefined;
    this.toldStart = true;
    this.toldCached = false;
    this.executed.clear();
    return type === 'execution_start' ? [] : [this.start(nowMs)];
  }

  private start(timestamp: unknown): string {
    return eventText('execution_start', { prompt_id: this.jobId, timestamp });
  }

  /** Everything up to the end, but for the end marker; nothing the second time, or for a job that never began. */
  *endSteps(record: PromptRecord): Steps<string[]> {
    if (this.hasEnded) return [];
    this.hasEnded = true;
    this.executingNode = undefined;
    if (!this.toldStart && record.state === 'cancelled' && record.run === null) return [];
    const told = yield* toldSteps(record);
    return [...(yield* this.missed(record, told)), yield* this.ending(record, told)];
  }

  /** What the node said while it was not heard. */
  private *missed(record: PromptRecord, { firstOf, outputs }: ToldRun): Steps<string[]> {
    const frames: string[] = [];
    if (!this.toldStart)
      frames.push(this.start(firstOf.get('execution_start')?.timestamp ?? record.createdAtMs));
    const cached = firstOf.get('execution_cached');
    if (!this.toldCached && cached)
      frames.push(yield* writeJsonSteps({ type: 'execution_cached', data: cached }));
    for (const [node, output] of Object.entries(outputs)) {
      if (this.executed.has(node)) continue;
      const data = { node, display_node: node, output, prompt_id: this.jobId };
      frames.push(yield* writeJsonSteps({ type: 'executed', data }));
    }
    return frames;
  }

  private *ending(record: PromptRecord, told: ToldRun): Steps<string> {
    const [type, data] = endMessage(record, told);
    return this.heldEnd?.startsWith(`{"type": "${type}"`)
      ? this.heldEnd
      : yield* writeJsonSteps({ type, data });
  }
}

export const endMarkerOf = (jobId: string): string =>
  eventText('executing', { node: null, prompt_id: jobId });

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
