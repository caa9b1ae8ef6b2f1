import { createServer, type AddressInfo } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { ComfyTimeouts } from '../client-types.js';
import { ComfyClient } from '../client.js';
import { json, TestServer, type Answer } from '../testing/http-server.js';

const quick: Partial<ComfyTimeouts> = { connectMs: 1_000, callMs: 5_000, promptMs: 5_000 };

async function serve(answer: Answer): Promise<TestServer> {
  const server = await TestServer.start(answer);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function connect(baseUrl: URL, timeouts: Partial<ComfyTimeouts> = {}): ComfyClient {
  const client = new ComfyClient({ baseUrl, timeouts: { ...quick, ...timeouts } });
  onTestFinished(() => client.close());
  return client;
}

async function setUp(answer: Answer, timeouts: Partial<ComfyTimeouts> = {}) {
  const server = await serve(answer);
  return { server, client: connect(server.url, timeouts) };
}

async function closedPort(): Promise<URL> {
  const server = await TestServer.start(json({}));
  const { url } = server;
  await server[Symbol.asyncDispose]();
  return url;
}

const patience = { timeout: 10_000 };
const promptId = '5f0c3bd3-7f0f-4f53-9f9f-0a3b1d2c4e5f';
const request = {
  promptId,
  clientId: 'me',
  promptText: '{"1":{"class_type":"A","inputs":{"seed":18446744073709551615}}}',
};
const accepted = json({ prompt_id: promptId, number: 3, node_errors: {} });

describe('a call that did not get through', () => {
  it('because the port is closed was not sent', async () => {
    const client = connect(await closedPort());
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'not_sent' });
    await expect(client.queue()).rejects.toMatchObject({ kind: 'not_sent' });
  });

  it('because the name is unknown was not sent', async () => {
    const client = connect(new URL('http://no-such-host.invalid:8188'));
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'not_sent' });
  });

  it('because the other side speaks no TLS was not sent', async () => {
    const server = await serve(accepted);
    const client = connect(new URL(server.url.href.replace('http:', 'https:')));
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'not_sent' });
    expect(server.seen).toEqual([]);
  });

  it('because every connection was taken was not sent', async () => {
    const { server, client } = await setUp(() => undefined, { connectMs: 200 });
    const held = Array.from({ length: 8 }, () => client.queueRemaining().catch(() => undefined));
    await expect.poll(() => server.seen.length, patience).toBe(8);
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'not_sent' });
    expect(server.seen.filter((seen) => seen.method === 'POST')).toEqual([]);
    await client.close();
    await Promise.all(held);
  });

  it('because the caller had given up before was not sent', async () => {
    const { server, client } = await setUp(accepted);
    const signal = AbortSignal.abort();
    await expect(client.postPrompt({ ...request, signal })).rejects.toMatchObject({ kind: 'not_sent' });
    expect(server.seen).toEqual([]);
  });

  it('because the node closed the link without an answer is ambiguous, and a POST is not repeated', async () => {
    const { server, client } = await setUp((_request, response) => response.destroy());
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'ambiguous' });
    expect(server.seen).toHaveLength(1);
  });

  it('because the node closed a kept-alive link at the moment of a POST is ambiguous', async () => {
    const { server, client } = await setUp(json({ exec_info: { queue_remaining: 0 } }));
    await client.queueRemaining();
    server.answer = (_request, response) => response.socket!.resetAndDestroy();
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'ambiguous' });
    expect(server.seen).toHaveLength(2);
  });

  it('because no answer came in time is ambiguous for a POST and a timeout for a GET', async () => {
    const { client } = await setUp(() => undefined, { promptMs: 150, callMs: 150 });
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'ambiguous' });
    await expect(client.queue()).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('because no answer came is told sooner to what asks again and again', async () => {
    const { client } = await setUp(() => undefined, { pollMs: 100, callMs: 60_000 });
    const timeout = { kind: 'timeout', message: expect.stringContaining('100 ms') };
    for (const poll of [() => client.queue(), () => client.queueRemaining(), () => client.history('id')])
      await expect(poll()).rejects.toMatchObject(timeout);
  });

  it('because the caller gave up half-way is ambiguous', async () => {
    const { server, client } = await setUp(() => undefined);
    const abort = new AbortController();
    server.answer = () => abort.abort();
    await expect(client.postPrompt({ ...request, signal: abort.signal })).rejects.toMatchObject({
      kind: 'ambiguous',
    });
  });

  it('because the body stopped half-way ends in time', async () => {
    const { client } = await setUp((_request, response) => void response.write('{'), { callMs: 150 });
    await expect(client.queue()).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('because the answer is not HTTP is told so', async () => {
    const server = createServer((socket) => socket.end('220 smtp ready\r\n'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const client = connect(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    await expect(client.queue()).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('tells nothing of the credentials in the URL', async () => {
    const url = await closedPort();
    [url.username, url.password] = ['operator', 'hush'];
    const client = connect(url);
    const error = await client.queue().catch((cause: unknown) => cause);
    const { stack, message, cause } = error as Error;
    expect(`${stack} ${message} ${String(cause)} ${client.address}`).not.toMatch(/operator|hush/);
  });
});
