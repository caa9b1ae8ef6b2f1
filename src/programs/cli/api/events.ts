/** `GET /v1/events` as long as somebody listens: comes back where it was when the connection or the replica is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.js';
import type { Api } from './api.js';

export interface SentEvent {
  event: string;
  data: Record<string, unknown>;
}

const frameLengthMax = 4 * 1024 * 1024;
const silenceMaxMs = 45_000;
const pauseMs = { first: 500, max: 10_000 };

/** Ends when `signal` aborts. Failures: a server that refuses; one that is away is waited for. */
export async function* events(
  api: Api,
  query: Record<string, string>,
  signal: AbortSignal,
): AsyncGenerator<SentEvent> {
  const reader = new FrameReader();
  let delayMs = pauseMs.first;
  while (!signal.aborted) {
    try {
      for await (const sent of once(api, query, reader, signal)) {
        delayMs = pauseMs.first;
        yield sent;
      }
    } catch (error) {
      if (error instanceof Failure && !['unreachable', 'busy'].includes(error.kind)) throw error;
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, pauseMs.max);
  }
}

async function* once(
  api: Api,
  query: Record<string, string>,
  reader: FrameReader,
  signal: AbortSignal,
): AsyncGenerator<SentEvent> {
  const quiet = new AbortController();
  let alarm = setTimeout(() => quiet.abort(), silenceMaxMs);
  try {
    const headers: Record<string, string> =
      reader.lastId === undefined ? {} : { 'last-event-id': reader.lastId };
    const path = `v1/events?${new URLSearchParams(query).toString()}`;
    const response = await api.open(path, headers, AbortSignal.any([signal, quiet.signal]));
    reader.begin();
    for await (const chunk of response.body ?? []) {
      clearTimeout(alarm);
      alarm = setTimeout(() => quiet.abort(), silenceMaxMs);
      yield* reader.take(chunk as Uint8Array);
    }
  } finally {
    clearTimeout(alarm);
  }
}

/** The frames of `text/event-stream`, as far as this server writes them. */
export class FrameReader {
  lastId: string | undefined;
  private decoder = new TextDecoder();
  private rest = '';

  begin(): void {
    this.decoder = new TextDecoder();
    this.rest = '';
  }

  *take(chunk: Uint8Array): Generator<SentEvent> {
    const frames = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n\n');
    this.rest = frames.pop() ?? '';
    if (this.rest.length > frameLengthMax)
      throw new Failure('unreachable', 'the server sends events without end');
    for (const frame of frames) {
      const sent = this.read(frame);
      if (sent) yield sent;
    }
  }

  private read(frame: string): SentEvent | undefined {
    const fields = new Map(
      frame.split('\n').map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)] as const;
      }),
    );
    const id = fields.get('id');
    if (id !== undefined && /^\d{1,15}$/.test(id)) this.lastId = id;
    const [event, data] = [fields.get('event'), fields.get('data')];
    return event === undefined || data === undefined ? undefined : { event, data: objectOf(data) };
  }
}

/** What is no object of JSON tells nothing. */
function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
