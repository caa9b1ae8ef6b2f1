/** Frames of an event stream, and which of them a client still lacks. */
import type { JobDocument } from './job-document.js';

const terminal = new Set(['succeeded', 'canceled', 'failed', 'expired']);

export const hasEnded = ({ status }: Pick<JobDocument, 'status'>): boolean => terminal.has(status);

export const frame = (event: string, data: object): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** A comment: clients give up after 45 s without a byte. */
export const heartbeat = ': still here\n\n';

/** What a client has been told, so that it is told only what is new. */
export class Told {
  private status = '';
  private progress = '';
  private readonly outputs = new Set<string>();

  *changes(document: JobDocument): Generator<string> {
    const { status, queue_position, progress, outputs } = document;
    const isEnd = hasEnded(document);
    // The first frame is a status, and nobody reads on after a terminal one: what has ended is told as it went.
    if (isEnd && this.status === '' && outputs.length > 0)
      yield frame('status', { status: 'running', queue_position: null });
    if (isEnd) yield* this.newOutputs(outputs);
    const state = JSON.stringify({ status, queue_position });
    if (state !== this.status) yield frame('status', { status, queue_position });
    this.status = state;
    if (isEnd) return;
    const now = JSON.stringify(progress);
    if (progress && now !== this.progress) yield frame('progress', progress);
    this.progress = now;
    yield* this.newOutputs(outputs);
  }

  private *newOutputs(outputs: JobDocument['outputs']): Generator<string> {
    for (const output of outputs) {
      if (this.outputs.has(output.id)) continue;
      this.outputs.add(output.id);
      yield frame('output', output);
    }
  }
}
