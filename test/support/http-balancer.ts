/**
 * What an Ingress or a reverse proxy does beyond a Kubernetes Service: a request that got no answer goes to the next replica,
 * if it may be made twice (GET, HEAD) or was never received (connection refused). For small answers.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpBalancer {
  url: string;
  /** Requests that were made again. */
  repeated(): number;
  close(): Promise<void>;
}

interface Told {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export async function startHttpBalancer(targets: readonly string[]): Promise<HttpBalancer> {
  let turn = 0;
  let repeated = 0;

  async function answer(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    const body = await bytesOf(asked);
    const first = (turn += 1);
    for (const [index] of targets.entries()) {
      const target = targets[(first + index) % targets.length] ?? '';
      try {
        const told = await ask(target, asked, body);
        reply.writeHead(told.status, told.headers).end(told.body);
        return;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== 'ECONNREFUSED' && !['GET', 'HEAD'].includes(asked.method ?? '')) break;
        repeated += 1;
      }
    }
    reply.writeHead(502).end();
  }

  const server = createServer((asked, reply) => void answer(asked, reply)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repeated: () => repeated,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function ask(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Told> {
  const asking = request(`${target}${url}`, { method, headers, agent: false });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bytesOf(answer) };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
