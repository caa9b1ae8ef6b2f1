/** One scrape of two thousand nodes, over HTTP: at most 300 ms and 5 MB. */
import type { FastifyInstance } from 'fastify';
import { expect, it } from 'vitest';
import { nodeCount, scene } from '../test/support/scrape-scene.js';
import { createHttpAdapter } from '../src/doors/kit/index.js';

const scrapes = 30;

it('a scrape', async () => {
  const { registry } = scene([null, 'workflow-1']);
  const server = createHttpAdapter({ bodyLimitBytes: 1000 }).getInstance<FastifyInstance>();
  server.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const tookMs: number[] = [];
  let bytes = 0;
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < scrapes; i += 1) {
    const beganMs = performance.now();
    bytes = (await (await fetch(`${url}/metrics`)).arrayBuffer()).byteLength;
    tookMs.push(performance.now() - beganMs);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1000 / scrapes;
  await server.close();
  const sorted = tookMs.toSorted((one, other) => one - other);
  const [median = 0, slowest = 0] = [sorted[scrapes / 2], sorted.at(-1)];
  console.log(
    `${nodeCount} nodes: ${(bytes / 1e6).toFixed(2)} MB, median ${median.toFixed(0)} ms, slowest of ${scrapes} ${slowest.toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms`,
  );
  expect(bytes).toBeLessThan(5_000_000);
  expect(median).toBeLessThan(300);
});
