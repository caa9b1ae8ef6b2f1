/** The console before two thousand nodes and a hundred thousand waiting jobs: what it draws and what it reads does not grow with them. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillQueue } from '../../../bench/queue/fill.js';
import { launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { Deployment } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call, submitJob } from '../../support/v1.js';

const manyNodes = 2_000;
const manyJobs = 100_000;
const answerBytesMax = 1_000_000;
/** Elements on a page: a list that drew all its rows would have ten times as many. */
const elementsMax = 3_000;

describe.skipIf(noBrowser !== null)(
  `many nodes and jobs${noBrowser ? ` — skipped: ${noBrowser}` : ''}`,
  () => {
    let deployment: Deployment;
    let url: string;
    let browser: Browser;
    let page: Page;
    let faults: string[];
    const largest = { bytes: 0, url: '' };

    beforeAll(async () => {
      deployment = await Deployment.create([]);
      // Nodes that nobody listens for: what is measured is what the console is told of them.
      const service = await deployment.start({
        IDLE_POLL_INTERVAL_MS: '60000',
        NODE_POLL_INTERVAL_MS: '60000',
      });
      url = service.url;
      for (let at = 0; at < 3; at += 1) await submitJob(url, { graph: samplingGraph() });
      const { pool } = deployment.database!;
      await fillQueue(pool, 3, manyJobs);
      await pool.query(
        `INSERT INTO node (id, url, source, admin, labels, version, devices)
       SELECT 'gpu-' || lpad(n::text, 4, '0'), 'http://127.1.' || n / 250 || '.' || 1 + n % 250 || ':9', 'api', 'disabled',
         '{"rack": "r12", "zone": "eu-west"}', '0.33.0',
         '[{"name": "NVIDIA GeForce RTX 4090", "type": "cuda", "vram_total_bytes": 25757220864}]'
       FROM generate_series(1, $1::int) n`,
        [manyNodes],
      );
      await call(`${url}/v1/nodes`, 'POST', { id: 'last', url: 'http://127.1.200.1:9' });
      await eventually(
        async () => (await call<{ nodes: object[] }>(`${url}/v1/nodes`)).body.nodes.length === manyNodes + 1,
        { timeoutMs: 120_000, intervalMs: 500, what: 'a registry that is read' },
      );
      browser = await launchBrowser();
      ({ page, faults } = await watchedPage(browser, url));
      page.on('response', (answer) => {
        const path = answer.url().slice(url.length);
        if (!path.startsWith('/v1/') || path.startsWith('/v1/events')) return;
        void answer.body().then(
          ({ length }) => length > largest.bytes && Object.assign(largest, { bytes: length, url: path }),
          () => undefined,
        );
      });
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await deployment?.destroy();
    });

    const elements = async () => page.evaluate<number>(`document.querySelectorAll('*').length`);
    const open = async (path: string): Promise<void> => {
      await page.goto(`${url}/console${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor({ timeout: 60_000 });
      await eventually(async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 0, {
        timeoutMs: 60_000,
        what: `a loaded ${path}`,
      });
    };

    it('reads the registry in pages, and its tiles are those in view', async () => {
      await open('');
      await page
        .getByText(`of ${(manyNodes + 1).toLocaleString('en')} nodes take work`)
        .waitFor({ timeout: 60_000 });
      expect(await elements()).toBeLessThan(elementsMax);
      await page.getByRole('article', { name: 'Node gpu-0001', exact: true }).waitFor();
      await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
      await page.getByRole('article', { name: 'Node last', exact: true }).waitFor({ timeout: 60_000 });
      expect(await elements()).toBeLessThan(elementsMax);
    });

    it('finds one node among them', async () => {
      await open('/nodes');
      const rows = page.getByRole('list', { name: 'Nodes' }).getByRole('listitem');
      expect(await rows.count()).toBeLessThan(60);
      await page.getByLabel('Filter nodes').fill('gpu-1234');
      await eventually(async () => (await rows.count()) === 1, { timeoutMs: 30_000, what: 'one row' });
      await rows.getByRole('link').click();
      await page.getByRole('heading', { level: 1, name: /gpu-1234/ }).waitFor({ timeout: 30_000 });
    });

    it('goes down a list of a hundred thousand jobs, a page at a time', async () => {
      await open('/jobs?state=queued');
      const older: number[] = [];
      page.on('response', (answer) => answer.url().includes('cursor=') && older.push(answer.status()));
      const goDown = async (): Promise<boolean> => {
        await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
        return older.length > 0;
      };
      await eventually(goDown, { timeoutMs: 60_000, what: 'the next page of the list' });
      expect(older[0]).toBe(200);
      expect(await elements()).toBeLessThan(elementsMax);
      await open('');
      await page.getByText(/100,000 waiting|100,00\d waiting/).waitFor({ timeout: 60_000 });
    });

    it('reads on down the list when a deed has broken off the reading', async () => {
      await open('/jobs?state=queued');
      let asked = 0;
      // The first is never answered: the deed comes while it is under way.
      await page.route(/cursor=/, async (route) => ((asked += 1) === 1 ? undefined : route.continue()));
      await page.getByRole('checkbox').first().check();
      await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
      await eventually(() => asked > 0, { timeoutMs: 30_000, what: 'a page that is asked for' });
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await page.getByRole('button', { name: 'Cancel 1 job' }).click();
      await page.waitForResponse((answer) => answer.url().includes('cursor='), { timeout: 30_000 });
      await page.unroute(/cursor=/);
    });

    it('opens the other pages, and no answer was too large', async () => {
      for (const path of ['/workflows', '/models', '/tenants', '/audit', '/workflows/wan2.2_i2v_14b_4']) {
        await open(path);
        expect([path, (await elements()) < elementsMax]).toEqual([path, true]);
      }
      console.log(`largest answer: ${largest.bytes} bytes, ${largest.url}`);
      expect(largest.bytes).toBeGreaterThan(0);
      expect(largest.bytes).toBeLessThan(answerBytesMax);
      expect(faults).toEqual([]);
    });
  },
);
