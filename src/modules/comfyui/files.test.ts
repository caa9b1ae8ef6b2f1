import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import { describe, expect, it, onTestFinished } from 'vitest';

import { ComfyClient } from './client.js';
import { json, TestServer, type Answer } from './testing/http-server.js';

const patience = { timeout: 10_000 };

async function setUp(answer: Answer) {
  const server = await TestServer.start(answer);
  const client = new ComfyClient({ baseUrl: server.url, timeouts: { callMs: 5_000, uploadMs: 10_000 } });
  onTestFinished(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return { server, client };
}

const stored = json({ name: 'a (1).png', subfolder: 'comfymux', type: 'input' });

function* chunks(count: number): Generator<Buffer> {
  for (let at = 0; at < count; at++) yield Buffer.alloc(64 * 1024, at);
}

describe('an upload', () => {
  it('is a form that a server reads back byte by byte, and gives the name the node chose', async () => {
    const { server, client } = await setUp(stored);
    const content = Buffer.from('bytes \r\n--x with "anything"');
    const file = {
      filename: 'ä "q".png',
      subfolder: 'comfymux',
      content: Readable.from([content]),
      sizeBytes: content.length,
    };
    await expect(client.upload({ ...file, overwrite: true })).resolves.toEqual({
      filename: 'a (1).png',
      subfolder: 'comfymux',
      type: 'input',
    });
    const form = await formOf(server);
    expect([form.get('type'), form.get('subfolder'), form.get('overwrite')]).toEqual([
      'input',
      'comfymux',
      'true',
    ]);
    const part = form.get('image') as File;
    expect(part.name).toBe('ä "q".png');
    expect(Buffer.from(await part.arrayBuffer())).toEqual(content);
    expect(Number(server.seen[0]!.headers['content-length'])).toBe(server.seen[0]!.body.length);
  });

  it('of unknown size is chunked', async () => {
    const { server, client } = await setUp(stored);
    await client.upload({ filename: 'a', subfolder: '', content: Readable.from(chunks(20)) });
    expect(server.seen[0]!.headers['transfer-encoding']).toBe('chunked');
    expect(((await formOf(server)).get('image') as File).size).toBe(20 * 64 * 1024);
  });

  it('that the node refuses throws the status', async () => {
    const { client } = await setUp(json('', 413));
    const content = Buffer.from('x');
    await expect(client.upload({ filename: 'a', subfolder: '', content })).rejects.toMatchObject({
      kind: 'status',
      status: 413,
    });
  });

  it('whose content cannot be read throws that very error', async () => {
    const { client } = await setUp(stored);
    const broken = new Error('disk');
    const content = Readable.from(
      (function* () {
        yield Buffer.from('x');
        throw broken;
      })(),
    );
    await expect(client.upload({ filename: 'a', subfolder: '', content })).rejects.toBe(broken);
  });

  it('that cannot be sent frees its content', async () => {
    const { server, client } = await setUp(stored);
    await server[Symbol.asyncDispose]();
    const content = Readable.from(chunks(1));
    await expect(client.upload({ filename: 'a', subfolder: '', content })).rejects.toMatchObject({
      kind: 'not_sent',
    });
    expect(content.destroyed).toBe(true);
  });

  it('larger than any buffer is refused by a node that does not read it', async () => {
    const server = createServer((request, response) => {
      response.writeHead(413, { connection: 'close' }).end();
      request.destroy();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const client = new ComfyClient({
      baseUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    });
    onTestFinished(() => client.close());
    const content = Readable.from(chunks(1_000));
    await expect(client.upload({ filename: 'a', subfolder: '', content })).rejects.toHaveProperty('kind');
    expect(content.destroyed).toBe(true);
  });

  it('shorter than announced is no success', async () => {
    const { client } = await setUp(stored);
    const upload = client.upload({
      filename: 'a',
      subfolder: '',
      content: Readable.from([Buffer.from('x')]),
      sizeBytes: 5,
    });
    await expect(upload).rejects.toMatchObject({ kind: 'ambiguous' });
  });
});

describe('a download', () => {
  const reference = { filename: 'v ä.mp4', subfolder: 'a/b', type: 'output' };

  it('streams with its headers', async () => {
    const { server, client } = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 4, etag: '"e"' }).end('data');
    });
    const { body, ...file } = await client.view(reference);
    expect(file).toEqual({
      status: 200,
      contentType: 'video/mp4',
      sizeBytes: 4,
      contentRange: undefined,
      etag: '"e"',
    });
    expect((await buffer(body)).toString()).toBe('data');
    expect(server.seen[0]!.url).toBe('/view?filename=v+%C3%A4.mp4&subfolder=a%2Fb&type=output');
  });

  it('may be a range', async () => {
    const { server, client } = await setUp((_request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 1-2/4' }).end('at');
    });
    const { body, status, contentRange } = await client.view({ ...reference, range: 'bytes=1-2' });
    expect([status, contentRange, (await buffer(body)).toString()]).toEqual([206, 'bytes 1-2/4', 'at']);
    expect(server.seen[0]!.headers.range).toBe('bytes=1-2');
  });

  it('of a missing file throws the status and leaves the connection usable', async () => {
    const { server, client } = await setUp(json('', 404));
    for (let attempt = 0; attempt < 20; attempt++)
      await expect(client.view(reference)).rejects.toMatchObject({ kind: 'status', status: 404 });
    expect(server.sockets.size).toBeLessThan(8);
  });

  it('ends at the node when the caller aborts, and when the body is destroyed', async () => {
    let ended = 0;
    const { client } = await setUp((_request, response) => {
      response.on('close', () => ended++);
      pipeline(Readable.from(endless()), response).catch(() => undefined);
    });
    const abort = new AbortController();
    const first = await client.view({ ...reference, signal: abort.signal });
    abort.abort();
    await expect(buffer(first.body)).rejects.toThrow('the caller gave up');
    await expect.poll(() => ended, patience).toBe(1);
    const second = await client.view(reference);
    second.body.on('error', () => undefined).destroy();
    await expect.poll(() => ended, patience).toBe(2);
  });
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024);
}

function formOf(server: TestServer): Promise<FormData> {
  const { body, headers } = server.seen[0]!;
  return new Response(body, { headers: { 'content-type': headers['content-type']! } }).formData();
}
