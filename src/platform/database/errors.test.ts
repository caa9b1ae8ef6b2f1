import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { expect, it } from 'vitest';
import { isDatabaseUnavailable } from './errors.js';

it.each([
  ['a client', async (options: pg.ClientConfig) => new pg.Client(options).connect()],
  ['a pool', async (options: pg.ClientConfig) => new pg.Pool(options).connect()],
])('a server that lets %s connect and then says nothing is away', async (_who, connect) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const error: unknown = await connect({
    host: '127.0.0.1',
    port,
    user: 'nobody',
    connectionTimeoutMillis: 50,
  }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(isDatabaseUnavailable(error)).toBe(true);
  for (const socket of sockets) socket.destroy();
  server.close();
});
