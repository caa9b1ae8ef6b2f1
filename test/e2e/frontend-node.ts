/** A simulated node that also has the files of the real web UI, as a ComfyUI installation does. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { extname, join, normalize } from 'node:path';

const mediaTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
};

export interface FrontendNode {
  url: string;
  stop(): Promise<void>;
}

/** Everything that is no file of the web UI goes to the node at `nodeUrl`. */
export async function startFrontendNode(nodeUrl: string, filesDir: string): Promise<FrontendNode> {
  const { hostname, port } = new URL(nodeUrl);
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const file = fileOf(filesDir, request);
    if (file) sendFile(file, response);
    else forward(request, response, hostname, port);
  });
  server.on(
    'connection',
    (socket: Socket) => void sockets.add(socket.on('close', () => sockets.delete(socket))),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const upstream = connect(Number(port), hostname, () => {
      const headers = request.rawHeaders.flatMap((name, at, all) =>
        at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : [],
      );
      upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('a server without a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function fileOf(filesDir: string, { method, url = '/' }: IncomingMessage): string | undefined {
  if (method !== 'GET') return undefined;
  const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
  const file = join(filesDir, path === '/' ? 'index.html' : path);
  return existsSync(file) && statSync(file).isFile() ? file : undefined;
}

function sendFile(file: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

function forward(request: IncomingMessage, response: ServerResponse, hostname: string, port: string): void {
  const { method, url: path, headers } = request;
  const upstream = httpRequest({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
}
