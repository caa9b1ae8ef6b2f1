/** A stream of server-sent events as a client reads it, one event after the other. */
import { eventually } from './poll.js';

export interface SentEvent {
  event: string;
  data: Record<string, unknown>;
}

export class EventReader {
  readonly events: SentEvent[] = [];
  /** What a browser would send as Last-Event-ID. */
  lastId: string | undefined;
  hasEnded = false;
  private rest = '';

  private constructor(
    readonly response: Response,
    private readonly stop: AbortController,
  ) {}

  static async open(address: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const stop = new AbortController();
    const response = await fetch(address, { headers, signal: stop.signal });
    const reader = new EventReader(response, stop);
    void reader.read();
    return reader;
  }

  /** The first that fits, now or later. */
  async one(
    event: string,
    fits: (data: Record<string, unknown>) => boolean = () => true,
    timeoutMs = 30_000,
  ) {
    const found = (): SentEvent | undefined =>
      this.events.find((sent) => sent.event === event && fits(sent.data));
    const what = `an event "${event}"`;
    return (await eventually(found, { timeoutMs, intervalMs: 10, what })).data;
  }

  of(event: string): Record<string, unknown>[] {
    return this.events.filter((sent) => sent.event === event).map(({ data }) => data);
  }

  close(): void {
    this.stop.abort();
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of this.response.body ?? []) this.take(decoder.decode(bytes, { stream: true }));
    } catch {
      // Closed by the test, or lost.
    }
    this.hasEnded = true;
  }

  private take(text: string): void {
    const frames = (this.rest + text).split('\n\n');
    this.rest = frames.pop() ?? '';
    for (const frame of frames) {
      this.lastId = /^id: (.*)$/m.exec(frame)?.[1] ?? this.lastId;
      const event = /^event: (.*)$/m.exec(frame)?.[1];
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (event !== undefined && data !== undefined)
        this.events.push({ event, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
}
