import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually } from '../../../../test/support/poll.js';
import { ClientSocket } from './client-socket.js';

const frameBytes = 64 * 1024;
let server: WebSocketServer;
beforeAll(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

async function connect(
  pingIntervalMs = 60_000,
): Promise<{ there: WebSocket; here: ClientSocket; received: Buffer[] }> {
  const received: Buffer[] = [];
  const there = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  there.on('message', (data) => received.push(data as Buffer));
  const [accepted] = (await once(server, 'connection')) as [WebSocket];
  const here = new ClientSocket('id', 'place', accepted, { bufferBytesMax: 4 * frameBytes, pingIntervalMs });
  here.begin([]);
  if (there.readyState !== WebSocket.OPEN) await once(there, 'open');
  return { there, here, received };
}

it('cuts off a client that does not read, keeps little for it, and serves the others meanwhile', async () => {
  const [stalled, reading] = [await connect(), await connect()];
  stalled.there.pause();
  const frame = Buffer.alloc(frameBytes, 1);
  let sent = 0;
  await eventually(
    () => {
      stalled.here.binary(frame);
      reading.here.binary(frame);
      sent += 1;
      return !stalled.here.isOpen;
    },
    { intervalMs: 1, timeoutMs: 20_000, what: 'the end of the stalled client' },
  );
  await eventually(() => reading.received.length === sent);
  expect(reading.here.isOpen).toBe(true);
  reading.there.terminate();
});

it('notices a client whose link is dead by its silence', async () => {
  const { there, here } = await connect(20);
  // Reads nothing, so that no ping is answered.
  there.pause();
  await eventually(() => !here.isOpen);
});

it('says its first words first, and then in order what came before them', async () => {
  const there = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  there.on('message', (data) => received.push((data as Buffer).toString()));
  const [accepted] = (await once(server, 'connection')) as [WebSocket];
  const here = new ClientSocket('id', 'place', accepted, { bufferBytesMax: 100, pingIntervalMs: 60_000 });
  here.text('a');
  here.binary(Buffer.from('b'));
  here.begin(['status']);
  here.text('c');
  await eventually(() => received.length === 4);
  expect(received).toEqual(['status', 'a', 'b', 'c']);
  there.terminate();
});

it('holds no more than its bound before its first words', async () => {
  const there = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  there.on('error', () => undefined);
  const [accepted] = (await once(server, 'connection')) as [WebSocket];
  const here = new ClientSocket('id', 'place', accepted, { bufferBytesMax: 100, pingIntervalMs: 60_000 });
  for (let frame = 0; frame < 11; frame += 1) here.text('0123456789');
  await eventually(() => !here.isOpen && there.readyState === WebSocket.CLOSED);
});
