import { once } from 'node:events';
import { PNG } from 'pngjs';
import { WebSocket, type RawData } from 'ws';

const answerMs = 40_000;

/** A server under test, spoken to as any ComfyUI client would. */
export class ComfyClient {
  constructor(readonly url: string) {}

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, { signal: AbortSignal.timeout(answerMs), ...init });
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).text();
  }

  async json<T>(path: string): Promise<T> {
    return (await (await this.get(path)).json()) as T;
  }

  post(path: string, body: string | object): Promise<Response> {
    return this.get(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  async upload(
    name: string,
    bytes: Uint8Array,
    fields: Record<string, string> = {},
    path = '/upload/image',
  ): Promise<Response> {
    const form = new FormData();
    form.set('image', new File([new Uint8Array(bytes)], name));
    for (const [key, value] of Object.entries(fields)) form.set(key, value);
    return this.get(path, { method: 'POST', body: form });
  }

  async listen(clientId: string, flags = true): Promise<EventLog> {
    const log = new EventLog(new WebSocket(`${this.url.replace('http', 'ws')}/ws?clientId=${clientId}`));
    await log.opened();
    if (flags)
      log.socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }));
    await log.until((frames) => frames.length >= (flags ? 2 : 1));
    return log;
  }

  /** Posts a graph and returns its id. */
  async submit(graph: object, more: object = {}): Promise<string> {
    const response = await this.post('/prompt', { prompt: graph, ...more });
    if (response.status !== 200) throw new Error(`refused: ${await response.text()}`);
    return ((await response.json()) as { prompt_id: string }).prompt_id;
  }

  /** Polls until the prompt is in history. */
  async finished(promptId: string): Promise<HistoryEntry> {
    return this.poll(
      async () => (await this.json<Record<string, HistoryEntry>>(`/history/${promptId}`))[promptId],
    );
  }

  async poll<T>(read: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + answerMs;
    for (;;) {
      const value = await read();
      if (value !== undefined) return value;
      if (Date.now() > deadline) throw new Error('nothing came');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

export interface HistoryEntry {
  outputs: Record<string, Record<string, OutputFile[]>>;
  status: { status_str: string; completed: boolean; messages: [string, Record<string, unknown>][] };
}

export interface OutputFile {
  filename: string;
  subfolder: string;
  type: string;
}

/** Every frame of one socket, in order; binary ones apart. */
export class EventLog {
  readonly frames: string[] = [];
  readonly binary: Buffer[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) this.binary.push(data as Buffer);
      else this.frames.push((data as Buffer).toString('utf8'));
      for (const watcher of this.watchers) watcher();
    });
  }

  async opened(): Promise<void> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, 'open');
  }

  /** Waits for a condition on all frames so far. */
  until(met: (frames: readonly string[]) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`frames so far: ${this.types().join(' ')}`)), answerMs);
      const watch = (): void => {
        if (!met(this.frames)) return;
        clearTimeout(timer);
        this.watchers.delete(watch);
        resolve();
      };
      this.watchers.add(watch);
      watch();
    });
  }

  /** Waits for the marker after which history is filled. */
  untilEnd(promptId: string): Promise<void> {
    return this.until((frames) =>
      frames.includes(`{"type": "executing", "data": {"node": null, "prompt_id": "${promptId}"}}`),
    );
  }

  types(): string[] {
    return this.frames.map((frame) => (JSON.parse(frame) as { type: string }).type);
  }

  async close(): Promise<void> {
    this.socket.close();
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
  }
}

export function solidPng(width: number, height: number, [r, g, b, a = 255]: readonly number[]): Buffer {
  const png = new PNG({ width, height });
  for (let at = 0; at < png.data.length; at += 4) png.data.set([r ?? 0, g ?? 0, b ?? 0, a], at);
  return PNG.sync.write(png);
}
