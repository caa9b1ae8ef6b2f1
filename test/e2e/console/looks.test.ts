/** How the console looks and is steered: keyboard alone, a phone's width, a lost connection, and what axe finds. */
import { type Browser, type Page, type Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { jobWhen, submitJob, succeeded, workflow } from '../../support/v1.js';

describe.skipIf(noBrowser !== null)(
  `the console's looks${noBrowser ? ` — skipped: ${noBrowser}` : ''}`,
  () => {
    let cluster: Cluster;
    let url: string;
    let browser: Browser;
    let page: Page;
    let job: string;

    beforeAll(async () => {
      cluster = await startCluster({
        nodes: [
          { name: 'gpu-a', stepMs: 40 },
          { name: 'gpu-b', stepMs: 40 },
        ],
      });
      url = cluster.url;
      browser = await launchBrowser();
      ({ page } = await watchedPage(browser, url));
      job = await submitJob(url, { graph: samplingGraph() });
      await jobWhen(url, job, succeeded);
    });
    afterAll(async () => {
      await browser?.close();
      await cluster?.stop();
    });

    const open = async (path: string) => page.goto(`${url}/console${path}`);
    const heading = async (name: string | RegExp) =>
      page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 30_000 });
    const pages = () => [
      '',
      '/jobs',
      `/jobs/${job}`,
      '/nodes',
      '/nodes/gpu-a',
      '/workflows',
      `/workflows/${workflow}`,
      '/models',
      '/tenants',
      '/audit',
      '/publish',
    ];

    it('is steered by the keyboard alone', async () => {
      await open('/');
      await heading('Overview');
      await page.keyboard.press('g');
      await page.keyboard.press('j');
      await heading('Jobs');
      await page.keyboard.press('/');
      await page.keyboard.type('gpu-b');
      await page.getByRole('option', { name: /gpu-b\s*node/ }).waitFor();
      await page.keyboard.press('Enter');
      await heading(/gpu-b/);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys and help' }).waitFor();
      await page.keyboard.press('Escape');
      expect(await page.getByRole('dialog').count()).toBe(0);
    });

    it('fits a phone: nothing is cut off at its side', async () => {
      const phone = await watchedPage(browser, url, { viewport: { width: 375, height: 700 } });
      for (const path of pages()) {
        await phone.page.goto(`${url}/console${path}`);
        await phone.page.getByRole('heading', { level: 1 }).waitFor();
        await phone.page.waitForLoadState('load');
        const overflow = await phone.page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect([path, overflow]).toEqual([path, 0]);
      }
      expect(phone.faults).toEqual([]);
      await phone.page.context().close();
    });

    it('says that the connection is lost, keeps what it shows, and comes back by itself', async () => {
      await open('/nodes');
      await page.getByText('gpu-a').first().waitFor();
      // The browser's own word: the page need not wait for its next question.
      await page.context().setOffline(true);
      await page.getByText('The service does not answer.').first().waitFor({ timeout: 40_000 });
      expect(await page.getByText('gpu-a').first().isVisible()).toBe(true);
      await page.context().setOffline(false);
      await eventually(async () => (await page.getByText('The service does not answer.').count()) === 0, {
        timeoutMs: 20_000,
        what: 'a page that has come back',
      });
    });

    it('holds no connection for a page that nobody sees, and is current when somebody comes back', async () => {
      const isStream = {
        predicate: (request: Request) => request.url().includes('/v1/events?types=job'),
        timeout: 40_000,
      };
      const look = async (hidden: boolean) =>
        page.evaluate(
          `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} }); document.dispatchEvent(new Event('visibilitychange'))`,
        );
      const opened = page.waitForEvent('request', isStream);
      await open('/jobs');
      await opened;
      await heading('Jobs');
      const closed = page.waitForEvent('requestfailed', isStream);
      await look(true);
      await closed;
      const unseen = await submitJob(url, { graph: samplingGraph({ steps: 2 }) });
      await jobWhen(url, unseen, succeeded);
      const again = page.waitForEvent('request', isStream);
      await look(false);
      await again;
      await page.getByLabel(`Choose job ${unseen.slice(-8)}`).waitFor({ timeout: 40_000 });
      expect(await page.getByText('The service does not answer.').count()).toBe(0);
    });

    it.each(['light', 'dark'] as const)('has no finding of axe on any page, %s', async (colorScheme) => {
      const watched = await watchedPage(browser, url, { colorScheme });
      const findings: string[] = [];
      for (const path of pages()) {
        await watched.page.goto(`${url}/console${path}`);
        await watched.page.getByRole('heading', { level: 1 }).waitFor();
        await eventually(
          async () => (await watched.page.getByRole('status', { name: 'Loading' }).count()) === 0,
          { what: `a loaded ${path}` },
        );
        findings.push(...(await axeFindings(watched.page)).map((finding) => `${path} ${finding}`));
      }
      expect(findings).toEqual([]);
      await watched.page.context().close();
    });
  },
);
