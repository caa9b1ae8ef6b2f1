/**
 * A ComfyUI server that says what a test wants it to say: a small honest one whose every JSON answer and event may be replaced by
 * text of the test's making, which need not be anything that a JSON writer would write.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';

/** `Say` tells `ui` (JSON) as its result after `ms`; with `error` it fails with these words. `tag` keeps graphs apart. */
export const say = (ui: unknown, more: { error?: string; ms?: number } = {}): object => ({
  1: { class_type: 'Say', inputs: { ui: JSON.stringify(ui), tag: randomUUID(), ...more } },
});

/** What to send instead of `text` at `place`: a route without its ids (`/history`), or `ws`. */
export type Lie = (place: string, text: string) => string;

interface Prompt {
  id: string;
  graph: Record<string, { inputs: { ui?: string; error?: string; ms?: number } }>;
  clientId: unknown;
  isStopped: boolean;
}

const classes = {
  Say: {
    input: {
      required: { ui: ['STRING', {}], tag: ['STRING', {}] },
      optional: { error: ['STRING', {}], ms: ['INT', { default: 0, min: 0, max: 1_000_000 }] },
    },
    output: [],
    output_name: [],
    output_is_list: [],
    output_node: true,
    name: 'Say',
    display_name: 'Say',
    description: '',
    category: 'test',
    python_module: 'custom_nodes.say',
  },
};

export class LyingNode {
  lie: Lie = (_place, text) => text;
  /** Nodes of the graph that the coming runs call cached. */
  cached: string[] = [];
  /** `type/subfolder/filename` to the bytes of `/view`; any other file is a 404. */
  readonly files = new Map<string, Buffer>();
  /** What a pack keeps in memory, put and read at `/api/etn/image/{id}`. */
  readonly pictures = new Map<string, Buffer>();
  /** Every request, as `GET /view`. */
  readonly calls: string[] = [];
  /** Binary frames that every run sends before its results, all at once. */
  framesOfRun: Buffer[] = [];
  /** Called for `/view` before it answers. */
  beforeView: () => Promise<void> = async () => undefined;
  private readonly history = new Map<string, object>();
  private readonly queue: Prompt[] = [];
  private running: Prompt | undefined;
  private readonly sockets = new Map<WebSocket, string>();
  private readonly upgrader = new WebSocketServer({ noServer: true });

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response).catch(() => response.destroy());
    });
    server.on('upgrade', (request, socket, head) =>
      this.upgrader.handleUpgrade(request, socket, head, (client) => this.greet(client, request)),
    );
  }

  static async start(): Promise<LyingNode> {
    const server = createServer();
    const node = new LyingNode(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get ran(): number {
    return this.calls.filter((call) => call === 'POST /prompt').length;
  }

  async stop(): Promise<void> {
    for (const client of this.sockets.keys()) client.terminate();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** A binary frame for whoever sent the prompt that runs. */
  frame(bytes: Buffer): void {
    for (const [socket, id] of this.sockets) if (id === this.running?.clientId) socket.send(bytes);
  }

  private greet(client: WebSocket, request: IncomingMessage): void {
    const sid = new URL(request.url ?? '/', 'http://x').searchParams.get('clientId') ?? randomUUID();
    this.sockets.set(client, sid);
    client.on('close', () => this.sockets.delete(client));
    client.on('error', () => undefined);
    client.send(this.lie('ws', JSON.stringify({ type: 'status', data: { status: this.status(), sid } })));
  }

  private status(): object {
    return { exec_info: { queue_remaining: this.queue.length + (this.running ? 1 : 0) } };
  }

  private tell(prompt: Prompt, type: string, data: object): void {
    const text = this.lie('ws', JSON.stringify({ type, data: { prompt_id: prompt.id, ...data } }));
    for (const [socket, id] of this.sockets) if (id === prompt.clientId) socket.send(text);
  }

  private async work(): Promise<void> {
    if (this.running) return;
    for (let prompt = this.queue.shift(); prompt; prompt = this.queue.shift()) {
      this.running = prompt;
      const entry = await this.run(prompt);
      this.history.set(prompt.id, entry);
      this.running = undefined;
      this.tell(prompt, 'executing', { node: null });
    }
  }

  private async run(prompt: Prompt): Promise<object> {
    const timestamp = Date.now();
    const outputs: Record<string, unknown> = {};
    const messages: unknown[] = [
      ['execution_start', { prompt_id: prompt.id, timestamp }],
      ['execution_cached', { nodes: this.cached, prompt_id: prompt.id, timestamp }],
    ];
    this.tell(prompt, 'execution_start', { timestamp });
    for (const [node, { inputs }] of Object.entries(prompt.graph)) {
      this.tell(prompt, 'executing', { node, display_node: node });
      this.tell(prompt, 'progress', { value: 1, max: 2, node });
      const untilMs = Date.now() + (inputs.ms ?? 0);
      while (Date.now() < untilMs && !prompt.isStopped) await sleep(10);
      const about = {
        prompt_id: prompt.id,
        node_id: node,
        node_type: 'Say',
        executed: [],
        timestamp: Date.now(),
      };
      const failed = { ...about, exception_type: 'RuntimeError', traceback: [], current_inputs: {} };
      const end = prompt.isStopped
        ? ['execution_interrupted', about]
        : inputs.error === undefined
          ? undefined
          : ['execution_error', { ...failed, exception_message: inputs.error }];
      if (end)
        return {
          prompt: [],
          outputs,
          status: { status_str: 'error', completed: false, messages: [...messages, end] },
          meta: {},
        };
      for (const frame of this.framesOfRun) this.frame(frame);
      outputs[node] = JSON.parse(inputs.ui ?? '{}');
      this.tell(prompt, 'executed', { node, display_node: node, output: outputs[node] });
    }
    this.tell(prompt, 'execution_success', { timestamp: Date.now() });
    const success = ['execution_success', { prompt_id: prompt.id, timestamp: Date.now() }];
    return {
      prompt: [],
      outputs,
      status: { status_str: 'success', completed: true, messages: [...messages, success] },
      meta: {},
    };
  }

  private picture({ method }: IncomingMessage, response: ServerResponse, path: string, body: Buffer): void {
    const id = path.slice('/etn/image/'.length);
    const kept = this.pictures.get(id);
    if (method === 'PUT') this.pictures.set(id, body);
    response.statusCode = method === 'PUT' ? (kept ? 200 : 201) : kept ? 200 : 404;
    if (method === 'PUT') response.end(JSON.stringify({ status: kept ? 'cached' : 'success' }));
    else response.setHeader('content-type', kept ? 'image/png' : 'text/plain').end(kept ?? '');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const path = url.pathname.replace(/^\/api(?!\/jobs)/, '');
    const place = `/${path.split('/')[1] ?? ''}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.calls.push(`${request.method} ${place}`);
    if (path.startsWith('/etn/image/')) return this.picture(request, response, path, Buffer.concat(chunks));
    if (path === '/view') {
      await this.beforeView();
      const { filename, subfolder, type } = Object.fromEntries(url.searchParams);
      const bytes = this.files.get(`${type}/${subfolder}/${filename}`);
      response.writeHead(bytes ? 200 : 404).end(bytes);
      return;
    }
    const body = this.read(request.method ?? 'GET', path, Buffer.concat(chunks));
    const [status, value] = body === undefined ? [404, { error: 'no such route' }] : [200, body];
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(this.lie(place, JSON.stringify(value)));
  }

  private read(method: string, path: string, body: Buffer): unknown {
    const [, first, second] = path.split('/');
    if (method === 'POST') return this.command(path, body);
    if (first === 'system_stats') return stats;
    if (first === 'features') return { supports_preview_metadata: true, max_upload_size: 104_857_600 };
    if (first === 'prompt') return this.status();
    if (first === 'queue')
      return {
        queue_running: this.running ? [tupleOf(this.running)] : [],
        queue_pending: this.queue.map(tupleOf),
      };
    if (first === 'history') return this.told(second);
    if (first === 'object_info') return second === undefined || second === 'Say' ? classes : {};
    if (first === 'models') return second === undefined ? ['checkpoints'] : [];
    return first === 'embeddings' || first === 'experiment' ? [] : undefined;
  }

  private told(id: string | undefined): object {
    if (id === undefined) return Object.fromEntries(this.history);
    const entry = this.history.get(id);
    return entry ? { [id]: entry } : {};
  }

  private command(path: string, bytes: Buffer): unknown {
    if (path === '/upload/image') return { name: 'x', subfolder: '', type: 'input' };
    const body = JSON.parse(bytes.toString() || '{}') as Record<string, unknown>;
    if (path === '/prompt') {
      const prompt = {
        id: String(body.prompt_id),
        graph: body.prompt,
        clientId: body.client_id,
        isStopped: false,
      } as Prompt;
      this.queue.push(prompt);
      void this.work();
      return { prompt_id: prompt.id, number: 1, node_errors: {} };
    }
    const cancelled = /^\/api\/jobs\/([^/]+)\/cancel$/.exec(path)?.[1];
    if (cancelled !== undefined) return { cancelled: this.cancel(cancelled) };
    if (path === '/interrupt' && this.running) this.running.isStopped = true;
    if (path === '/queue' && Array.isArray(body.delete))
      for (const id of body.delete) this.cancel(String(id));
    return {};
  }

  private cancel(id: string): boolean {
    if (this.running?.id === id) return (this.running.isStopped = true);
    const at = this.queue.findIndex((prompt) => prompt.id === id);
    if (at >= 0) this.queue.splice(at, 1);
    return at >= 0;
  }
}

const tupleOf = (prompt: Prompt): unknown[] => [
  1,
  prompt.id,
  prompt.graph,
  { client_id: prompt.clientId },
  [],
];

const stats = {
  system: {
    os: 'linux',
    ram_total: 64e9,
    ram_free: 60e9,
    comfyui_version: '0.33.0',
    python_version: '3.12',
    pytorch_version: '2.8',
  },
  devices: [
    { name: 'cuda:0 NVIDIA Test : native', type: 'cuda', index: 0, vram_total: 24e9, vram_free: 20e9 },
  ],
};
