import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OnlyWebSocketUpgrades, refuseUpgrade } from './upgrades.js';

let server: Server;
let socket: Socket;

beforeEach(async () => {
  server = createServer({ IncomingMessage: OnlyWebSocketUpgrades }, (request, reply) => {
    request.resume();
    request.once('end', () => reply.end(`answered ${request.method}`));
  });
  server.on('upgrade', (_request, raw) => refuseUpgrade(raw, '404 Not Found'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
});
afterEach(async () => {
  socket.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

async function answerTo(head: string, body = ''): Promise<string> {
  socket.write(`${head}\r\nHost: a\r\n\r\n${body}`);
  let answer = '';
  while (!answer.includes('answered') && !answer.includes('404'))
    answer += String(((await once(socket, 'data')) as [Buffer])[0]);
  return answer;
}

const offer = (protocol: string) => `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}`;

test.each(['h2c', 'TLS/1.0', 'HTTP/2.0, RTA/x11', 'websocketed', ''])(
  'an offer of %j is ignored, and the connection goes on',
  async (protocol) => {
    expect(await answerTo(`GET / HTTP/1.1\r\n${offer(protocol)}`)).toMatch(/200 OK[^]*answered GET/);
    expect(await answerTo('GET / HTTP/1.1')).toMatch(/200 OK/);
  },
);

test('a body that comes with an offer is read', async () => {
  const head = `POST / HTTP/1.1\r\n${offer('h2c')}\r\nContent-Length: 4`;
  expect(await answerTo(head, 'body')).toMatch(/200 OK[^]*answered POST/);
});

test.each(['websocket', 'WebSocket', 'h2c, websocket'])(
  'an offer of %j is one of WebSocket',
  async (protocol) => {
    expect(await answerTo(`GET / HTTP/1.1\r\n${offer(protocol)}`)).toMatch(/404/);
  },
);
