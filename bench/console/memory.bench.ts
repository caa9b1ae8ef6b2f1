/**
 * `npm run bench:page-memory`: the memory of the overview and of the list of jobs while 200 events come in each second: is it flat? The
 * service is real; its streams of events are made here, for no cluster of this size has that many. MINUTES says for how long, ten unless
 * said.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, watchedPage } from '../../test/support/browser.js';
import { type Cluster, startCluster } from '../../test/support/cluster.js';
import { samplingGraph } from '../../test/support/sampling-graph.js';
import { call, jobWhen, submitJob, succeeded } from '../../test/support/v1.js';
import { BusyStream, pictureBytes } from './busy-stream.js';

const minutes = Number(process.env['MINUTES'] ?? 10);
const eventsPerSecond = 200;
const tickMs = 50;
const sampleMs = Math.min(5, minutes / 6) * 60_000;
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

interface Reader {
  answer: ServerResponse;
  /** Whose pictures it wants; undefined for one of all other events. */
  pictures: readonly string[] | undefined;
}

/** All but the streams of events goes through to the service. */
async function startFront(target: string, stream: BusyStream) {
  const sent = { events: 0, pictures: 0, asked: 0 };
  const readers = new Set<Reader>();
  const listen = (asked: IncomingMessage, answer: ServerResponse): void => {
    const { searchParams } = new URL(asked.url ?? '', 'http://front');
    const ofPictures = searchParams.get('types') === 'preview';
    const reader = {
      answer,
      pictures: ofPictures ? (searchParams.get('job') ?? '').split(',') : undefined,
    };
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    readers.add(reader);
    answer.once('close', () => readers.delete(reader));
  };
  const server = createServer((asked, answer) => {
    if (asked.url?.startsWith('/v1/events')) return listen(asked, answer);
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
    for (; dueAtMs < performance.now(); dueAtMs += 1000 / eventsPerSecond) {
      const frame = stream.next();
      sent.events += 1;
      for (const { answer, pictures } of readers) if (pictures === undefined) answer.write(frame);
    }
    for (const { answer, pictures } of readers) {
      if (pictures === undefined) continue;
      answer.write(stream.picture(pictures));
      sent.pictures += 1;
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

async function openPage(url: string, path: string, readyRole: 'article' | 'listitem') {
  const { page, faults } = await watchedPage(browser, url);
  const session = await page.context().newCDPSession(page);
  await page.goto(`${url}/console${path}`);
  await page.getByRole(readyRole).first().waitFor();
  return { path: path || '/', session, faults, heapsMb: [] as number[] };
}

/** After a forced collection: MB of the script's heap, and what the page holds of the document. */
async function heldBy(session: CDPSession): Promise<{ heapMb: number; told: string }> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  const heapMb = usedSize / 1e6;
  return { heapMb, told: `${heapMb.toFixed(1)} MB, ${nodes} nodes, ${jsEventListeners} listeners` };
}

async function documentsOf(url: string) {
  const id = await submitJob(url, { graph: samplingGraph({ steps: 1 }) });
  await jobWhen(url, id, succeeded);
  const [answered, nodes, queue] = [
    await call<{ history: object[] }>(`${url}/v1/jobs/${id}`),
    await call<{ nodes: object[] }>(`${url}/v1/nodes`),
    await call<object>(`${url}/v1/queue`),
  ];
  const { history: _none, ...job } = answered.body;
  return { job, node: nodes.body.nodes[0] ?? {}, queue: queue.body };
}

test(
  `the memory of two pages for ${minutes} minutes with ${eventsPerSecond} events in a second`,
  async () => {
    const front = await startFront(cluster.url, new BusyStream(await documentsOf(cluster.url)));
    const pages = [await openPage(front.url, '', 'article'), await openPage(front.url, '/jobs', 'listitem')];
    const beganMs = performance.now();
    for (let minute = 0; performance.now() < beganMs + minutes * 60_000;) {
      await sleep(sampleMs);
      minute = Math.round((performance.now() - beganMs) / 6_000) / 10;
      for (const page of pages) {
        const { heapMb, told } = await heldBy(page.session);
        page.heapsMb.push(heapMb);
        console.log(`minute ${minute}, ${page.path}: ${told}; ${front.sent.pictures} pictures so far`);
      }
    }
    front.stop();
    const { events, pictures, asked } = front.sent;
    const tookMs = performance.now() - beganMs;
    console.log(
      `${events} events (${((1000 * events) / tookMs).toFixed(0)}/s), ${pictures} pictures of ${pictureBytes / 1000} KB, ${((60_000 * asked) / tookMs).toFixed(0)} requests in a minute`,
    );
    expect(pictures).toBeGreaterThan(0);
    for (const { path, heapsMb, faults } of pages) {
      console.log(`${path}: ${heapsMb.map((mb) => mb.toFixed(1)).join(' ')} MB`);
      expect(faults).toEqual([]);
      expect(heapsMb.at(-1)).toBeLessThan((heapsMb[1] ?? 0) * growthMax);
    }
  },
  (minutes + 5) * 60_000,
);
