/**
 * The memory of the overview while 200 events come in each second: is it flat? The service is real; its stream of events is made here
 * of a document that it answered, for no cluster of this size has that many. MINUTES says for how long, ten unless said.
 */
import { createServer, request, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, watchedPage } from '../../test/support/browser.js';
import { type Cluster, startCluster } from '../../test/support/cluster.js';
import { samplingGraph } from '../../test/support/sampling-graph.js';
import { call, jobWhen, submitJob, succeeded } from '../../test/support/v1.js';

const minutes = Number(process.env['MINUTES'] ?? 10);
const eventsPerSecond = 200;
const tickMs = 50;
const sampleMs = 30_000;
/** Above what it held when it had settled. */
const growthMax = 1.2;

let cluster: Cluster;
let browser: Browser;
beforeAll(async () => {
  cluster = await startCluster({ nodes: [{ name: 'gpu-a', stepMs: 1 }] });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await cluster?.stop();
});

/** All but the stream of events goes through to the service. */
async function startFront(target: string, frame: () => string) {
  const sent = { events: 0, asked: 0 };
  const readers = new Set<ServerResponse>();
  const server = createServer((asked, answer) => {
    if (asked.url?.startsWith('/v1/events?types=job')) {
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      readers.add(answer);
      answer.once('close', () => readers.delete(answer));
      return;
    }
    if (asked.url?.startsWith('/v1/')) sent.asked += 1;
    const { hostname, port } = new URL(target);
    const headers = { ...asked.headers, host: `${hostname}:${port}` };
    const through = request({ hostname, port, path: asked.url, method: asked.method, headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers);
      told.pipe(answer);
    });
    through.once('error', () => answer.destroy());
    asked.pipe(through);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  let dueAtMs = performance.now();
  const timer = setInterval(() => {
    for (; dueAtMs < performance.now(); dueAtMs += 1000 / eventsPerSecond)
      for (const reader of readers) {
        reader.write(frame());
        sent.events += 1;
      }
  }, tickMs);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    stop: () => {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
}

test(
  `the overview's memory for ${minutes} minutes with ${eventsPerSecond} events in a second`,
  async () => {
    const id = await submitJob(cluster.url, { graph: samplingGraph({ steps: 1 }) });
    await jobWhen(cluster.url, id, succeeded);
    const { history: _none, ...job } = (await call<{ history: object[] }>(`${cluster.url}/v1/jobs/${id}`))
      .body;
    let at = 0;
    const frame = (): string => {
      at += 1;
      const jobId = `${id.slice(0, 24)}${String(at % 500).padStart(12, '0')}`;
      const [event, data] =
        at % 3 === 0
          ? ['job', { ...job, id: jobId, state: at % 2 === 0 ? 'active' : 'succeeded', node_id: 'gpu-a' }]
          : ['progress', { job_id: at % 3 === 1 ? id : jobId, node_id: 'gpu-a', progress: at % 100 }];
      return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    };
    const front = await startFront(cluster.url, frame);
    const { page, faults } = await watchedPage(browser, front.url);
    const session = await page.context().newCDPSession(page);
    await page.goto(`${front.url}/console`);
    await page.getByRole('article').first().waitFor();
    const heaps: number[] = [];
    const endMs = performance.now() + minutes * 60_000;
    while (performance.now() < endMs) {
      await sleep(sampleMs);
      heaps.push(await heapOf(session));
      console.log(`${front.sent.events} events, heap ${heaps.at(-1)?.toFixed(1)} MB`);
    }
    const settled = heaps[Math.min(2, heaps.length - 1)] ?? Infinity;
    const perSecond = front.sent.events / (minutes * 60);
    front.stop();
    console.log(
      `${front.sent.events} events (${perSecond.toFixed(0)}/s), ${(front.sent.asked / minutes).toFixed(0)} requests in a minute, heap after collection each ${sampleMs / 1000} s, MB: ${heaps.map((mb) => mb.toFixed(1)).join(' ')}`,
    );
    expect(faults).toEqual([]);
    expect(heaps.at(-1)).toBeLessThan(settled * growthMax);
  },
  (minutes + 3) * 60_000,
);
