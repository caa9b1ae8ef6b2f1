/**
 * `npm run console:screens`: pictures of every page of the console, empty, busy and broken, light and dark, wide and as a phone has
 * them, and its figures: bytes of the first page, first paint. Pictures go to `.data/console-screens`, or where SCREENS_DIR says.
 * Look at them when a page was changed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { launchBrowser, watchedPage } from '../../test/support/browser.js';
import { type Cluster, startCluster } from '../../test/support/cluster.js';
import { eventually } from '../../test/support/poll.js';
import { samplingGraph } from '../../test/support/sampling-graph.js';
import { call, jobWhen, running, submitJob, uploadedPicture, workflow } from '../../test/support/v1.js';

const dir = process.env['SCREENS_DIR'] ?? '.data/console-screens';
/** Fifty nodes on a machine that does other work too. */
const setMs = 30 * 60_000;
const busyNodes = Number(process.env['SCREENS_NODES'] ?? 50);

const allFaults: string[] = [];
let cluster: Cluster;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(dir, { recursive: true });
  browser = await launchBrowser();
  cluster = await startCluster({
    nodes: Array.from({ length: busyNodes }, (_, at) => ({
      name: `gpu-${String(at + 1).padStart(2, '0')}`,
      stepMs: 700,
      loadMs: 500,
      ...(at % 3 === 1 && { gpuName: 'NVIDIA GeForce RTX 5090', gpuBytes: 34_190_917_632 }),
      ...(at === 3 && { models: { ...wanModelFiles, vae: ['wan_2.1_vae_bf16.safetensors'] } }),
      previewMethod: 'auto' as const,
    })),
  });
});
afterAll(async () => {
  await browser?.close();
  await cluster?.stop();
});

async function shoot(name: string, path: string, ready?: (page: Page) => Promise<unknown>): Promise<void> {
  for (const [look, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
  ] as const) {
    const { page, faults } = await watchedPage(browser, cluster.url, options);
    await page.goto(`${cluster.url}/console${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await eventually(async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 0);
    await ready?.(page);
    await page.screenshot({ path: join(dir, `${name}-${look}.png`), fullPage: look === 'phone' });
    await page.context().close();
    allFaults.push(...faults);
  }
}

test('the first page: bytes and first paint', async () => {
  const { page } = await watchedPage(browser, cluster.url);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const sizes = new Map<string, number>();
  const types = new Map<string, string>();
  session.on(
    'Network.responseReceived',
    ({ requestId, response }) => void types.set(requestId, response.mimeType),
  );
  session.on(
    'Network.loadingFinished',
    ({ requestId, encodedDataLength }) => void sizes.set(requestId, encodedDataLength),
  );
  const paints: number[] = [];
  for (let at = 0; at < 5; at += 1) {
    sizes.clear();
    await session.send('Network.clearBrowserCache');
    await page.goto(`${cluster.url}/console`);
    await page.getByRole('article').first().waitFor();
    paints.push(
      await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`),
    );
  }
  const script = [...sizes].filter(([id]) => types.get(id)?.includes('javascript'));
  const kilobytes = script.reduce((sum, [, bytes]) => sum + bytes, 0) / 1000;
  console.log(
    `scripts of the first page ${kilobytes.toFixed(0)} KB as sent; first paint ${paints.map((ms) => Math.round(ms)).join(', ')} ms`,
  );
  expect(kilobytes).toBeLessThan(250);
  await page.context().close();
});

test('empty', async () => {
  for (const [name, path] of pages) await shoot(`empty-${name}`, path);
  expect(allFaults).toEqual([]);
});

const pages = [
  ['overview', ''],
  ['jobs', '/jobs'],
  ['nodes', '/nodes'],
  ['workflows', '/workflows'],
  ['workflow', `/workflows/${workflow}`],
  ['publish', '/publish'],
  ['models', '/models'],
  ['tenants', '/tenants'],
  ['audit', '/audit'],
] as const;

test(
  'busy',
  async () => {
    const { url } = cluster;
    const image = await uploadedPicture(url, 'lake.png');
    const quick = {
      workflow,
      inputs: { prompt: 'a lake', image, width: 512, height: 512, length: 16, steps: 1 },
    };
    const done = await submitJob(url, quick);
    await jobWhen(url, done, ({ state }) => state === 'succeeded');
    const runs = [];
    for (let at = 0; at < busyNodes * 3; at += 1)
      runs.push(
        await submitJob(
          url,
          at % 3 === 0
            ? { graph: samplingGraph({ steps: 60 }) }
            : {
                ...quick,
                inputs: { ...quick.inputs, steps: 20, prompt: `a lake, ${at}` },
                priority: at % 4 === 1 ? 1 : 0,
              },
        ),
      );
    const [first = ''] = runs;
    await jobWhen(url, first, running);
    await call(`${url}/v1/nodes/gpu-02/drain`, 'POST');
    await shoot('busy-overview', '', async (page) => page.getByRole('progressbar').first().waitFor());
    await shoot('busy-jobs', '/jobs', async (page) => page.getByRole('listitem').first().waitFor());
    await shoot('busy-nodes', '/nodes');
    await shoot('busy-node', '/nodes/gpu-01');
    await shoot('busy-workflows', '/workflows');
    await shoot('busy-models', '/models');
    await shoot('job-done', `/jobs/${done}`);
    await shoot('job-running', `/jobs/${first}`, async (page) => {
      await page.getByText('The graph that it runs').click();
      await page.locator('.react-flow__node').first().waitFor();
      await page.locator('.react-flow').scrollIntoViewIfNeeded();
    });
    await shoot('job-waiting', `/jobs/${runs.at(-1)}`);
    for (const id of runs) await call(`${url}/v1/jobs/${id}/cancel`, 'POST');
    expect(allFaults).toEqual([]);
  },
  setMs,
);

/** What stands in a page when things go wrong: at nodes, in jobs, between the page and the service. */
test(
  'broken',
  async () => {
    const { url } = cluster;
    const message = 'CUDA error: an illegal memory access was encountered\nat sampler step 3';
    for (const { name } of cluster.nodes)
      cluster.node(name).inject({ kind: 'node-error', classType: 'KSampler', message, times: 20 });
    const failed = await submitJob(url, { graph: samplingGraph({ steps: 2 }) });
    await jobWhen(url, failed, ({ state }) => state === 'failed', 120_000);
    cluster.node('gpu-01').inject({ kind: 'exit' });
    cluster.node('gpu-03').inject({ kind: 'set-models', models: {} });
    await call(`${url}/v1/nodes`, 'POST', { id: 'gpu-lost', url: 'http://127.0.0.1:9' });
    await call(`${url}/v1/workflows/lacking`, 'PUT', {
      graph: samplingGraph({ model: 'nobody-has-it.safetensors' }),
      manifest: { title: 'Lacking', inputs: {}, outputs: [{ node: '8', kind: 'image' }] },
    });
    const waiting = await submitJob(url, { workflow: 'lacking', inputs: {} });
    await eventually(
      async () => {
        const { body } = await call<{ nodes: { id: string; state: string }[] }>(`${url}/v1/nodes`);
        return body.nodes.some(({ id, state }) => id === 'gpu-lost' && state === 'down');
      },
      { timeoutMs: 60_000, intervalMs: 500, what: 'a node that is down' },
    );
    await shoot('broken-overview', '');
    await shoot('broken-jobs', '/jobs?state=failed', async (page) =>
      page.getByRole('listitem').first().waitFor(),
    );
    await shoot('broken-job', `/jobs/${failed}`);
    await shoot('broken-job-waits', `/jobs/${waiting}`);
    await shoot('broken-nodes', '/nodes');
    await shoot('broken-node', '/nodes/gpu-lost');
    await shoot('broken-workflows', '/workflows');
    await shoot('broken-workflow', '/workflows/lacking');
    await shoot('broken-models', '/models');
    await shoot('broken-no-job', '/jobs/00000000-0000-4000-8000-000000000000');
    await shoot('broken-no-page', '/nowhere');
    await shoot('broken-lost', '', async (page) => {
      await page.context().setOffline(true);
      await page.getByRole('alert').first().waitFor();
    });
    expect(allFaults).toEqual([]);
  },
  setMs,
);
