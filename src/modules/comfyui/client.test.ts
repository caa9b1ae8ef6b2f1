import { Readable } from 'node:stream';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { ComfyTimeouts } from './client-types.js';
import { ComfyClient } from './client.js';
import { json, routes, TestServer, type Answer } from './testing/http-server.js';

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

const promptId = '5f0c3bd3-7f0f-4f53-9f9f-0a3b1d2c4e5f';
const request = {
  promptId,
  clientId: 'me',
  promptText: '{"1":{"class_type":"A","inputs":{"seed":18446744073709551615}}}',
};
const accepted = json({ prompt_id: promptId, number: 3, node_errors: {} });

describe('posting a prompt', () => {
  it('forwards its text untouched and tells the number', async () => {
    const { server, client } = await setUp(routes({ '/prompt': accepted }));
    await expect(client.postPrompt({ ...request, number: 2, extraData: { a: 1 } })).resolves.toEqual({
      kind: 'accepted',
      promptId,
      number: 3,
    });
    expect(server.seen[0]!.body.toString()).toBe(
      `{"prompt_id":"${promptId}","client_id":"me","number":2,"extra_data":{"a":1},"prompt":${request.promptText}}`,
    );
  });

  it('sends no Origin, Referer or Sec-Fetch header', async () => {
    const { server, client } = await setUp(accepted);
    await client.postPrompt(request);
    expect(Object.keys(server.seen[0]!.headers).toSorted()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'host',
    ]);
  });

  it('that is refused gives the reasons', async () => {
    const error = {
      type: 'prompt_no_outputs',
      message: 'Prompt has no outputs',
      details: '',
      extra_info: {},
    };
    const { client } = await setUp(json({ error, node_errors: {} }, 400));
    await expect(client.postPrompt(request)).resolves.toMatchObject({
      kind: 'rejected',
      queued: false,
      rejection: { kind: 'invalid', error },
    });
  });

  it('whose bad outputs were dropped counts as refused though it is queued', async () => {
    const { client } = await setUp(
      json({ prompt_id: promptId, number: 3, node_errors: { '1': { errors: [] } } }),
    );
    await expect(client.postPrompt(request)).resolves.toMatchObject({ kind: 'rejected', queued: true });
  });

  it.each([500, 502, 413, 403])('answered with status %d throws the status', async (status) => {
    const { client } = await setUp(json('trouble', status));
    await expect(client.postPrompt(request)).rejects.toMatchObject({
      kind: 'status',
      status,
      bodyText: 'trouble',
    });
  });

  it('answered with an error keeps its text from loggers, which copy own properties', async () => {
    const { client } = await setUp(json('{"secret": "prompt"}', 500));
    const error = await client.postPrompt(request).catch((cause: unknown) => cause as Error);
    expect(JSON.stringify([Object.entries(error), (error as Error).stack])).not.toContain('secret');
    expect(error).toHaveProperty('bodyText', '{"secret": "prompt"}');
  });

  it('answered with a 400 of another server throws the status', async () => {
    const { client } = await setUp(json({ detail: 'no' }, 400));
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'status', status: 400 });
  });

  it.each(['<html>', '[]', '{}'])('answered 200 with %s is a protocol error', async (body) => {
    const { client } = await setUp(json(body));
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'protocol' });
  });
});

function queued(number: number, id: string): unknown[] {
  return [number, id, { '1': {} }, { client_id: 'c', secret: 's' }, ['1']];
}

describe('a read', () => {
  it('is repeated once when the link breaks', async () => {
    const { server, client } = await setUp(json({ exec_info: { queue_remaining: 4 } }));
    const good = server.answer;
    server.answer = (_request, response) => {
      server.answer = good;
      response.socket!.resetAndDestroy();
    };
    await expect(client.queueRemaining()).resolves.toBe(4);
    expect(server.seen).toHaveLength(2);
  });

  it('is not repeated twice', async () => {
    const { server, client } = await setUp((_request, response) => response.socket!.resetAndDestroy());
    await expect(client.queueRemaining()).rejects.toMatchObject({ kind: 'ambiguous' });
    expect(server.seen).toHaveLength(2);
  });

  it('of an answer over its bound is cut off', async () => {
    const { client } = await setUp((_request, response) => {
      Readable.from(endless()).pipe(response);
    });
    await expect(client.queueRemaining()).rejects.toMatchObject({ kind: 'too_large' });
  });

  it('goes below the path of the base URL, with its credentials as basic auth', async () => {
    const server = await serve(json({ exec_info: { queue_remaining: 0 } }));
    const url = new URL('/gpu/1/', server.url);
    [url.username, url.password] = ['a@b', 'p:w'];
    await connect(url).queueRemaining();
    expect(server.seen[0]).toMatchObject({
      url: '/gpu/1/prompt',
      headers: { authorization: `Basic ${Buffer.from('a@b:p:w').toString('base64')}` },
    });
  });

  it('of the queue keeps numbers and ids, not prompts', async () => {
    const { client } = await setUp(
      json({ queue_running: [queued(0, 'a')], queue_pending: [queued(9, 'c'), queued(2, 'b')] }),
    );
    await expect(client.queue()).resolves.toEqual({
      running: [{ number: 0, promptId: 'a', clientId: 'c' }],
      pending: [
        { number: 2, promptId: 'b', clientId: 'c' },
        { number: 9, promptId: 'c', clientId: 'c' },
      ],
    });
  });

  it('of history tells unknown from known', async () => {
    const entry = {
      prompt: [],
      outputs: { '1': { images: [] } },
      status: { status_str: 'success', messages: [] },
    };
    const { client } = await setUp(
      routes({
        '/history/known': json({ known: entry }),
        '/history/unknown': json({}),
        '/history': json({ a: entry, b: entry }),
      }),
    );
    await expect(client.history('known')).resolves.toMatchObject({
      outputs: { '1': { images: [] } },
      statusText: 'success',
    });
    await expect(client.history('unknown')).resolves.toBeUndefined();
    await expect(client.historyIds(2)).resolves.toEqual(['a', 'b']);
  });

  it('of schemas bears NaN and keeps the text', async () => {
    const text = '{"A": {"input": {"required": {"x": ["FLOAT", {"default": NaN}]}}}}';
    const { client } = await setUp(
      routes({ '/object_info': json(text), '/object_info/A': json(text), '/object_info/B': json({}) }),
    );
    const told = await client.objectInfo();
    expect([told.text, await told.read()]).toMatchObject([text, { A: {} }]);
    await expect(client.objectInfoClass('A')).resolves.toHaveProperty('input');
    await expect(client.objectInfoClass('B')).resolves.toBeUndefined();
  });

  it('of what an old server does not have is undefined', async () => {
    const { client } = await setUp(routes({ '/models/loras': json(['a', 1, 'b']) }));
    await expect(client.features()).resolves.toBeUndefined();
    await expect(client.modelFolder('unet')).resolves.toBeUndefined();
    await expect(client.modelFolder('loras')).resolves.toEqual(['a', 'b']);
  });
});

describe('stopping', () => {
  it('names the prompt, and never stops whatever runs unless asked to', async () => {
    const { server, client } = await setUp(json(''));
    await expect(client.interrupt('p', { targetedInterrupt: false })).resolves.toBe('unsupported');
    expect(server.seen).toEqual([]);
    await expect(client.interrupt('p', { targetedInterrupt: true })).resolves.toBe('sent');
    await expect(client.interrupt('p', { targetedInterrupt: false }, { allowGlobal: true })).resolves.toBe(
      'sent',
    );
    expect(server.seen.map((seen) => seen.body.toString())).toEqual([
      '{"prompt_id":"p"}',
      '{"prompt_id":"p"}',
    ]);
  });

  it.each([
    ['cancelled', json({ cancelled: true })],
    ['not_found', json({ cancelled: false })],
    ['unsupported', json('405: Method Not Allowed', 405)],
  ])('a job by the jobs API gives %s', async (expected, answer) => {
    const { client } = await setUp(answer);
    await expect(client.cancelJob(promptId)).resolves.toBe(expected);
  });

  it('withdraws, deletes and frees by their own routes', async () => {
    const { server, client } = await setUp(json(''));
    await client.withdraw(['a']);
    await client.deleteHistory(['b']);
    await client.free();
    expect(server.seen.map((seen) => [seen.url, seen.body.toString()])).toEqual([
      ['/queue', '{"delete":["a"]}'],
      ['/history', '{"delete":["b"]}'],
      ['/free', '{"unload_models":true,"free_memory":true}'],
    ]);
  });
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, 0x20);
}
