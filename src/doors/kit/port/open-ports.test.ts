import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LastCall } from '../../../platform/lifecycle/index.js';
import { answerEvents } from '../event-answer.js';
import { OpenPorts } from './open-ports.js';
import { createHttpAdapter } from './http-adapter.js';

let lastCall: LastCall;
let ports: OpenPorts;
let server: FastifyInstance;
let port: number;
let sockets: Socket[];
/** Answers `/slow`. */
let finish: () => void;
let slowIsAsked: Promise<void>;
/** What `/events` tells. */
let frames: PassThrough;

beforeEach(async () => {
  lastCall = new LastCall();
  ports = new OpenPorts(lastCall);
  server = createHttpAdapter({ bodyLimitBytes: 1000 }).getInstance<FastifyInstance>();
  ports.add(server);
  server.get('/quick', async () => 'quick');
  frames = new PassThrough();
  server.get('/events', { config: { isStream: true } }, async (_request, reply) =>
    answerEvents(reply, frames),
  );
  slowIsAsked = new Promise((asked) =>
    server.get('/slow', async () => {
      asked();
      await new Promise<void>((resolve) => (finish = resolve));
      return 'slow';
    }),
  );
  port = Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port);
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

async function connection(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Until the word of the body. */
async function ask(socket: Socket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  let answer = '';
  while (!answer.includes(path.slice(1))) answer += String(((await once(socket, 'data')) as [Buffer])[0]);
  return answer;
}

test('whoever asks a server that is being left is answered and asked to connect anew', async () => {
  const socket = await connection();
  expect(await ask(socket, '/quick')).toMatch(/connection: keep-alive/i);
  lastCall.leave(1000);
  expect(await ask(socket, '/quick')).toMatch(/200 OK[^]*connection: close/i);
  await once(socket, 'close');
});

test('what is under way when it closes is answered to its end, and nobody new is let in', async () => {
  const socket = await connection();
  const answer = ask(socket, '/slow');
  await slowIsAsked;
  const idle = await connection();
  await ask(idle, '/quick');
  const idleIsClosed = once(idle, 'close');
  let isClosed = false;
  const closed = ports.beforeApplicationShutdown().then(() => (isClosed = true));
  await idleIsClosed;
  await expect(connection()).rejects.toThrow('ECONNREFUSED');
  expect(isClosed).toBe(false);
  finish();
  expect(await answer).toMatch(/200 OK[^]*connection: close/i);
  await closed;
});

test('a connection that told events ends with them, so that nobody asks on it while a stop closes it', async () => {
  const socket = await connection();
  const answer = ask(socket, '/events');
  frames.write('data: events');
  expect(await answer).toMatch(/200 OK[^]*connection: close/i);
  const isClosed = once(socket, 'close');
  frames.end();
  await isClosed;
});

test('who waits is told in time, and at once where nobody else goes on', async () => {
  lastCall.leave(20);
  expect(lastCall.signal.aborted).toBe(false);
  await once(lastCall.signal, 'abort');
  const alone = new LastCall();
  alone.leave(0);
  expect(alone.signal.aborted).toBe(true);
});
