import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { eventually } from '../support/poll.js';
import { Link } from './link.js';

async function heardOn(socket: Socket): Promise<() => string> {
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  await once(socket, 'connect');
  return () => Buffer.concat(heard).toString();
}

it('a cut link leaves its connections open and silent for ever, and joins new ones after the cut', async () => {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(
    0,
    '127.0.0.1',
  );
  await once(echo, 'listening');
  const url = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/path`;
  const link = await Link.to(url);
  const { hostname, port, pathname } = new URL(link.urlOf(url));
  expect(pathname).toBe('/path');
  const open = async () => {
    const socket = connect(Number(port), hostname);
    return { socket, heard: await heardOn(socket) };
  };

  const old = await open();
  old.socket.write('before');
  await eventually(() => old.heard() === 'before');
  const cut = link.cutFor(50);
  const during = await open();
  during.socket.write('during');
  old.socket.write('after');
  await cut;
  const fresh = await open();
  fresh.socket.write('fresh');
  await eventually(() => fresh.heard() === 'fresh');
  expect([old.heard(), during.heard()]).toEqual(['before', '']);
  expect([old.socket.closed, during.socket.closed]).toEqual([false, false]);

  for (const { socket } of [old, during, fresh]) socket.destroy();
  await link.close();
  echo.close();
});
