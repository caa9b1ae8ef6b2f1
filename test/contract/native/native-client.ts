/** A ComfyUI client without a library, with an address of its own: 127.0.0.x are all this machine. */
import { once } from 'node:events';
import { Agent, fetch, FormData, type RequestInit } from 'undici';
import { type RawData, WebSocket } from 'ws';
import { eventually } from '../../support/poll.js';

const answerMs = 30_000;

export interface HistoryEntry {
  prompt: [number, string, Record<string, unknown>, Record<string, unknown>, string[]];
  outputs: Record<string, Record<string, OutputFile[]>>;
  status: { status_str: string; completed: boolean; messages: [string, Record<string, unknown>][] };
}

export interface OutputFile {
  filename: string;
  subfolder: string;
  type: string;
}

type Request = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

export class NativeClient {
  /** As a browser keeps it. */
  cookie: string | undefined;
  private readonly agent: Agent;

  constructor(
    readonly url: string,
    readonly address = '127.0.0.1',
  ) {
    this.agent = new Agent({ localAddress: address });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  async get(path: string, { headers, ...init }: Request = {}) {
    return fetch(this.url + path, {
      dispatcher: this.agent,
      signal: AbortSignal.timeout(answerMs),
      ...init,
      headers: { ...this.headers(), ...headers },
    });
  }

  private headers(): Record<string, string> {
    return this.cookie === undefined ? {} : { cookie: this.cookie };
  }

  async json<T>(path: string): Promise<T> {
    return (await (await this.get(path)).json()) as T;
  }

  async post(path: string, body: string | object) {
    return this.get(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  async upload(name: string, bytes: Uint8Array, fields: Record<string, string> = {}, path = '/upload/image') {
    const form = new FormData();
    form.set('image', new File([new Uint8Array(bytes)], name));
    for (const [key, value] of Object.entries(fields)) form.set(key, value);
    const response = await this.get(path, { method: 'POST', body: form });
    return {
      status: response.status,
      body:
        response.status === 200
          ? ((await response.json()) as { name: string; subfolder: string; type: string })
          : undefined,
    };
  }

  /** Posts a graph and returns its id. */
  async submit(graph: object, more: object = {}): Promise<string> {
    const response = await this.post('/prompt', { prompt: graph, ...more });
    if (response.status !== 200) throw new Error(`refused: ${await response.text()}`);
    return ((await response.json()) as { prompt_id: string }).prompt_id;
  }

  async history(promptId: string): Promise<HistoryEntry | undefined> {
    return (await this.json<Record<string, HistoryEntry>>(`/history/${promptId}`))[promptId];
  }

  /** Polls until the prompt is in history. */
  async finished(promptId: string, timeoutMs = answerMs): Promise<HistoryEntry> {
    return eventually(async () => this.history(promptId), {
      timeoutMs,
      intervalMs: 25,
      what: `the end of ${promptId}`,
    });
  }

  async view(file: OutputFile): Promise<Buffer> {
    const response = await this.get(`/view?${new URLSearchParams({ ...file }).toString()}`);
    if (response.status !== 200) throw new Error(`GET /view of ${JSON.stringify(file)}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  async listen(clientId: string, flags = true): Promise<Frames> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/ws?clientId=${clientId}`, {
      localAddress: this.address,
      headers: this.headers(),
    });
    const frames = new Frames(socket);
    await once(socket, 'open');
    if (flags)
      socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }));
    await frames.until(() => frames.texts.length >= (flags ? 2 : 1));
    return frames;
  }
}

interface Message {
  type: string;
  data: Record<string, unknown>;
}

/** Every frame of one socket, in order; binary ones apart. */
export class Frames {
  readonly texts: string[] = [];
  readonly binary: Buffer[] = [];

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) this.binary.push(data as Buffer);
      else this.texts.push((data as Buffer).toString('utf8'));
    });
  }

  messages(): Message[] {
    return this.texts.map((text) => JSON.parse(text) as Message);
  }

  types(): string[] {
    return this.messages().map(({ type }) => type);
  }

  /** Of one prompt, in order, without the steps. */
  storyOf(promptId: string): string[] {
    return this.messages().flatMap(({ type, data }) => {
      if (data.prompt_id !== promptId || type.startsWith('progress')) return [];
      return type === 'executing' ? [`executing ${String(data.node)}`] : [type];
    });
  }

  async until(met: () => boolean): Promise<void> {
    await eventually(met, {
      timeoutMs: answerMs,
      intervalMs: 5,
      what: `frames beyond ${this.types().join(' ')}`,
    });
  }

  async untilEnd(promptId: string): Promise<void> {
    await this.until(() =>
      this.texts.includes(`{"type": "executing", "data": {"node": null, "prompt_id": "${promptId}"}}`),
    );
  }

  async close(): Promise<void> {
    this.socket.close();
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
  }
}
