/** Stands before a node and counts what comes for it, so that a test can say that nobody asked it anything. */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

const heardBytesMax = 32 * 1024 * 1024;

export interface RequestMeter {
  url: string;
  /** Connections and pieces of requests so far. */
  count(): number;
  /** What came, of all connections; the first 32 MB. */
  heard(): Buffer;
  stop(): Promise<void>;
}

export async function startRequestMeter(nodePort: number): Promise<RequestMeter> {
  let [count, heardBytes] = [0, 0];
  const pieces: Buffer[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    count += 1;
    const node = connect(nodePort, '127.0.0.1');
    keep(client);
    keep(node);
    client.on('data', (piece: Buffer) => {
      count += 1;
      heardBytes += piece.length;
      if (heardBytes <= heardBytesMax) pieces.push(piece);
    });
    client.pipe(node).pipe(client);
    client.on('close', () => node.destroy());
    node.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, count: () => count, heard: () => Buffer.concat(pieces), stop };
}
