/**
 * `npm run console:tour`: the console in twenty seconds, as an animated picture for the README (docs/pictures/tour.webp, or where TOUR_FILE
 * says): a fresh cluster, the demo as it runs, its job with the graph, what there is to see of nodes, workflows and models.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, watchedPage } from '../../test/support/browser.js';
import { type Cluster, startCluster } from '../../test/support/cluster.js';
import { eventually } from '../../test/support/poll.js';
import { call, jobWhen, succeeded, workflow } from '../../test/support/v1.js';

const file = process.env['TOUR_FILE'] ?? 'docs/pictures/tour.webp';
const view = { width: 1400, height: 875 };
const tourMs = 20_000;
const bytesMax = 2_000_000;
const stillMs = 1_800;
/** Of what moves: shown for so long, taken in twice the time, or the demo would be over. */
const movingMs = 500;

let cluster: Cluster;
let browser: Browser;
beforeAll(async () => {
  const nodes = ['gpu-a', 'gpu-b', 'gpu-c', 'gpu-d'];
  cluster = await startCluster({
    nodes: nodes.map((name) => ({ name, stepMs: 1_500, loadMs: 500, previewMethod: 'auto' as const })),
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await cluster?.stop();
});

class Film {
  private readonly frames: { picture: Buffer; shownMs: number }[] = [];

  constructor(private readonly page: Page) {}

  get lengthMs(): number {
    return this.frames.reduce((sum, { shownMs }) => sum + shownMs, 0);
  }

  async still(shownMs = stillMs): Promise<void> {
    await eventually(async () => (await this.page.getByRole('status', { name: 'Loading' }).count()) === 0);
    this.frames.push({ picture: await this.page.screenshot(), shownMs });
  }

  async moving(frames: number): Promise<void> {
    for (let at = 0; at < frames; at += 1) {
      await this.still(movingMs);
      await sleep(movingMs);
    }
  }

  async write(): Promise<void> {
    await sharp(
      this.frames.map(({ picture }) => picture),
      { join: { animated: true } },
    )
      .webp({ quality: 70, mixed: true, minSize: true, delay: this.frames.map(({ shownMs }) => shownMs) })
      .toFile(file);
  }
}

test('the tour', async () => {
  const { url } = cluster;
  const { page, faults } = await watchedPage(browser, url, { viewport: view, colorScheme: 'dark' });
  const film = new Film(page);
  const open = async (path: string): Promise<void> => {
    await page.goto(`${url}/console${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };
  await open('');
  await page.getByRole('article').first().waitFor();
  await film.still();
  await page.getByRole('button', { name: 'Run the demo' }).click();
  const job = await eventually(async () => {
    const { body } = await call<{ jobs: { id: string }[] }>(`${url}/v1/jobs`);
    return body.jobs[0]?.id;
  });
  await open('');
  await page.getByRole('progressbar').first().waitFor();
  await film.moving(5);
  await open(`/jobs/${job}`);
  await film.moving(4);
  await jobWhen(url, job, succeeded, 120_000);
  await page.locator('video').first().waitFor();
  await film.still();
  await page.getByText('The graph that it runs').click();
  await page.locator('.react-flow__node').first().waitFor();
  await page.locator('.react-flow').scrollIntoViewIfNeeded();
  await film.still();
  for (const path of ['/nodes', `/workflows/${workflow}`, '/models', '/jobs', '']) {
    await open(path);
    await film.still(path === '' ? tourMs - film.lengthMs : stillMs);
  }
  await film.write();
  const { size } = await stat(file);
  console.log(`${file}: ${(film.lengthMs / 1000).toFixed(0)} s, ${(size / 1000).toFixed(0)} KB`);
  expect(film.lengthMs).toBe(tourMs);
  expect(size).toBeLessThan(bytesMax);
  expect(faults).toEqual([]);
});
