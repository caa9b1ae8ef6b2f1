import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { OutgoingClient } from './outgoing-client.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function serving(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A world in which each name leads to the addresses that are given. */
function clientIn(names: Record<string, string>, open: string[], timeoutMs = 5_000): OutgoingClient {
  const client = new OutgoingClient({
    rules: { only: [], open },
    timeoutMs,
    resolve: (name, _options, done) => done(null, [{ address: names[name] ?? '9.9.9.9', family: 4 }]),
  });
  ends.push(async () => client.close());
  return client;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('follows redirects, relative ones too', async () => {
  const port = await serving((request, response) => {
    if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
    else response.end('here');
  });
  const answer = await clientIn({ 'pictures.test': '127.0.0.1' }, ['pictures.test']).get(
    `http://pictures.test:${port}/a`,
  );
  expect([answer.status, await textOf(answer.body)]).toEqual([200, 'here']);
});

it.each([
  ['http://127.0.0.1:1/', 'not public'],
  ['http://169.254.169.254/latest/meta-data/', 'link-local'],
  ['http://rebound.example/', 'not public'],
  ['http://metadata.example/', 'not public'],
  ['file:///etc/passwd', 'http:// or https://'],
  ['http://[::ffff:127.0.0.1]/', 'not public'],
])('goes to no closed place, directly or when a redirect leads to %s', async (target, why) => {
  const port = await serving(
    (_request, response) => void response.writeHead(307, { location: target }).end(),
  );
  const names = {
    'pictures.test': '127.0.0.1',
    'rebound.example': '10.0.0.1',
    'metadata.example': '169.254.169.254',
  };
  const client = clientIn(names, ['pictures.test']);
  await expect(client.get(target)).rejects.toThrow(why);
  await expect(client.get(`http://pictures.test:${port}/`)).rejects.toThrow(why);
});

it('gives up a circle of redirects', async () => {
  const port = await serving((_request, response) => void response.writeHead(302, { location: '/' }).end());
  await expect(
    clientIn({ 'pictures.test': '127.0.0.1' }, ['pictures.test']).get(`http://pictures.test:${port}/`),
  ).rejects.toThrow('redirects more than 5 times');
});

it('ends what is slow, before the answer and within it', async () => {
  const port = await serving((request, response) => {
    if (request.url === '/body') response.writeHead(200, { 'content-length': 100 }).write('a');
  });
  const client = clientIn({ 'pictures.test': '127.0.0.1' }, ['pictures.test'], 400);
  await expect(client.get(`http://pictures.test:${port}/head`)).rejects.toThrow('did not answer whole');
  const { body } = await client.get(`http://pictures.test:${port}/body`);
  await expect(textOf(body)).rejects.toThrow('did not answer whole');
});

it('tells a file that broke off', async () => {
  const port = await serving((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  });
  const { body } = await clientIn({ 'pictures.test': '127.0.0.1' }, ['pictures.test']).get(
    `http://pictures.test:${port}/`,
  );
  await expect(textOf(body)).rejects.toThrow('broke off');
});
