import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';

import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

import { ComfySocket, type ComfySocketEvents, type ComfySocketOptions } from './socket.js';
import { json, TestServer } from '../testing/http-server.js';

const patience = { timeout: 10_000 };
const quick = { minBackoffMs: 10, maxBackoffMs: 50, closeTimeoutMs: 200, handshakeTimeoutMs: 2_000 };

interface Peer {
  socket: WebSocket;
  request: IncomingMessage;
  clientId: string;
  messages: string[];
}

class TestNode {
  readonly peers: Peer[] = [];
  #connections = new WebSocketServer({ noServer: true });

  constructor(readonly server: TestServer) {
    server.server.on('upgrade', (request, stream, head) => {
      this.#connections.handleUpgrade(request, stream, head, (socket) => this.#greet(socket, request));
    });
  }

  send(type: string, data: object): void {
    this.peers.at(-1)!.socket.send(JSON.stringify({ type, data }));
  }

  #greet(socket: WebSocket, request: IncomingMessage): void {
    const clientId = new URL(request.url!, 'http://x').searchParams.get('clientId')!;
    const messages: string[] = [];
    socket.on('message', (data: Buffer) => messages.push(data.toString()));
    socket.on('error', () => undefined);
    this.peers.push({ socket, request, clientId, messages });
    this.send('status', { status: { exec_info: { queue_remaining: 0 } }, sid: clientId });
  }
}

async function setUp(options: Partial<ComfySocketOptions> = {}) {
  const server = await TestServer.start(json({}));
  const node = new TestNode(server);
  const socket = new ComfySocket({ baseUrl: server.url, ...quick, ...options });
  onTestFinished(async () => {
    await socket.stop();
    await server[Symbol.asyncDispose]();
  });
  return { node, server, socket };
}

function next<K extends keyof ComfySocketEvents>(
  socket: ComfySocket,
  name: K,
): Promise<ComfySocketEvents[K]> {
  return once(socket, name, { signal: AbortSignal.timeout(10_000) }) as Promise<ComfySocketEvents[K]>;
}

async function open(options: Partial<ComfySocketOptions> = {}) {
  const context = await setUp(options);
  const opened = next(context.socket, 'event');
  context.socket.start();
  await opened;
  return context;
}

describe('the event socket', () => {
  it('announces itself first, without an Origin, and passes events on', async () => {
    const { node, socket } = await open();
    const [peer] = node.peers;
    await expect
      .poll(() => peer!.messages)
      .toEqual(['{"type":"feature_flags","data":{"supports_preview_metadata":true}}']);
    expect(peer!.clientId).toBe(socket.clientId);
    expect(peer!.request.headers).not.toHaveProperty('origin');
    const heard = next(socket, 'event');
    node.send('nonsense', {});
    node.send('execution_start', { prompt_id: 'p' });
    await expect(heard).resolves.toMatchObject([{ type: 'execution_start', promptId: 'p' }]);
  });

  it('passes previews on', async () => {
    const { node, socket } = await open();
    const heard = next(socket, 'binary');
    node.peers[0]!.socket.send(Buffer.from([0, 0, 0, 1, 0, 0, 0, 2, 7]));
    await expect(heard).resolves.toMatchObject([{ type: 'preview', mimeType: 'image/png' }]);
  });

  it('goes below the path of the base URL, with its credentials in a header only', async () => {
    const { server, node } = await setUp();
    const baseUrl = new URL('/gpu/', server.url);
    [baseUrl.username, baseUrl.password] = ['u', 'p'];
    const socket = new ComfySocket({ baseUrl, ...quick });
    const opened = next(socket, 'open');
    socket.start();
    await opened;
    await socket.stop();
    const { request } = node.peers[0]!;
    expect(request.url).toMatch(/^\/gpu\/ws\?clientId=[-0-9a-f]{36}$/);
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });

  it('comes back under a new id when the node closes it', async () => {
    const { node, socket } = await open();
    const closed = next(socket, 'close');
    const reopened = next(socket, 'open');
    node.peers[0]!.socket.close(1012, 'restart');
    await expect(closed).resolves.toMatchObject([
      { clientId: node.peers[0]!.clientId, code: 1012, reason: 'restart' },
    ]);
    const [clientId] = await reopened;
    expect(clientId).toBe(socket.clientId);
    expect(clientId).not.toBe(node.peers[0]!.clientId);
  });

  it('keeps trying while nobody listens, and tells why', async () => {
    const gone = await TestServer.start(json({}));
    const socket = new ComfySocket({ baseUrl: gone.url, ...quick });
    await gone[Symbol.asyncDispose]();
    onTestFinished(() => socket.stop());
    const first = next(socket, 'close');
    socket.start();
    await expect(first).resolves.toMatchObject([{ error: { code: 'ECONNREFUSED' } }]);
    await next(socket, 'close');
  });

  it.each([
    ['a fragment', (url: URL) => (url.hash = '#part')],
    ['a query', (url: URL) => (url.search = '?a=b')],
    ['a user that is no escape', (url: URL) => (url.username = '%zz')],
    ['a bare percent in its password', (url: URL) => (url.password = '50%')],
  ])('connects also to an address with %s, such as an old row may hold', async (_what, spoil) => {
    const { server, node } = await setUp();
    const url = new URL(server.url);
    spoil(url);
    const socket = new ComfySocket({ baseUrl: url, ...quick });
    onTestFinished(() => socket.stop());
    const opened = next(socket, 'open');
    socket.start();
    await opened;
    expect(node.peers).toHaveLength(1);
  });

  it('that cannot even be dialled tells it, tries again and can be stopped', async () => {
    const socket = new ComfySocket({ baseUrl: new URL('http://127.0.0.1:1/'), ...quick });
    const told: unknown[] = [];
    socket.on('trouble', (error) => told.push(error));
    socket.on('close', () => {
      throw new Error('a listener of the end fails');
    });
    socket.start();
    await expect.poll(() => told.length, patience).toBeGreaterThan(1);
    await socket.stop();
  });

  it('goes on when a listener fails on a frame, of whatever kind', async () => {
    const { node, socket } = await open();
    const told: unknown[] = [];
    socket.on('trouble', (error) => told.push(error));
    for (const name of ['text', 'frame'] as const)
      socket.once(name, () => {
        throw new Error(`fails on ${name}`);
      });
    const heard = next(socket, 'binary');
    node.send('status', {});
    const preview = Buffer.from([0, 0, 0, 1, 0, 0, 0, 2, 1]);
    node.peers[0]!.socket.send(preview);
    await expect.poll(() => told.length, patience).toBe(2);
    node.peers[0]!.socket.send(preview);
    await heard;
    expect(told.map(String)).toEqual(['Error: fails on text', 'Error: fails on frame']);
  });

  it('drops a link that answers no ping, and makes another', async () => {
    const { node, socket } = await open({ pingIntervalMs: 20, pongTimeoutMs: 80 });
    const reopened = next(socket, 'open');
    // A frozen peer: bytes arrive and nobody reads them.
    node.peers[0]!.socket.pause();
    await reopened;
    expect(node.peers).toHaveLength(2);
  });

  it('keeps a link that answers pings', async () => {
    const { node } = await open({ pingIntervalMs: 10, pongTimeoutMs: 1_000 });
    let pings = 0;
    node.peers[0]!.socket.on('ping', () => pings++);
    await expect.poll(() => pings, patience).toBeGreaterThan(5);
    expect(node.peers).toHaveLength(1);
  });

  it('tells of silence once, and does not act on it', async () => {
    const { node, socket } = await open({ silenceMs: 30 });
    let silences = 0;
    socket.on('silent', () => silences++);
    await expect.poll(() => silences, patience).toBe(1);
    node.send('status', { status: { exec_info: { queue_remaining: 1 } } });
    await expect.poll(() => silences, patience).toBe(2);
    expect(socket.connected).toBe(true);
  });

  it('drops a link that sends a frame over the bound', async () => {
    const { node, socket } = await open({ maxFrameBytes: 1_000 });
    const closed = next(socket, 'close');
    node.send('status', { padding: 'x'.repeat(2_000) });
    await expect(closed).resolves.toMatchObject([{ error: { code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' } }]);
  });

  it('stops with a close handshake, also twice, and does not come back', async () => {
    const { node, socket } = await open();
    const closed = once(node.peers[0]!.socket, 'close');
    await Promise.all([socket.stop(), socket.stop()]);
    await expect(closed).resolves.toContain(1000);
    expect(socket.connected).toBe(false);
    expect(node.peers).toHaveLength(1);
  });

  it('stops in time when the peer does not answer', async () => {
    const { node, socket } = await open();
    node.peers[0]!.socket.pause();
    await socket.stop();
    expect(socket.connected).toBe(false);
  });

  it('may be stopped before it was started, while connecting, and started again', async () => {
    const { node, socket } = await setUp();
    await socket.stop();
    socket.start();
    socket.start();
    await socket.stop();
    const opened = next(socket, 'open');
    socket.start();
    await opened;
    expect(node.peers.at(-1)!.clientId).toBe(socket.clientId);
  });
});
