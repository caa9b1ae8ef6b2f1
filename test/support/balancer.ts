/** What a Kubernetes Service does: a new connection goes to one of the ready ones, and to the next when that one refuses. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  url: string;
  add(url: string): void;
  /** Connections that are open stay open. */
  remove(url: string): void;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    void (async () => {
      const first = (turn += 1);
      const order = targets.map((_, index) => targets[(first + index) % targets.length] ?? '');
      for (const target of order) {
        const upstream = await connected(target);
        if (!upstream) continue;
        keep(upstream);
        client.pipe(upstream).pipe(client);
        client.on('close', () => upstream.destroy());
        upstream.on('close', () => client.destroy());
        return;
      }
      client.destroy();
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void targets.push(url),
    remove: (url) => void targets.splice(targets.indexOf(url), 1),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Undefined when it refuses. */
async function connected(target: string): Promise<Socket | undefined> {
  const { hostname, port } = new URL(target);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}
