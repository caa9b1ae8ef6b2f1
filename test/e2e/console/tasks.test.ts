/** What an operator has to do, each both ways: in the page with three clicks at most from the overview, and by one command. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { comfymux, type Ran } from '../../support/cli.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { makeTenant } from '../../support/keys.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call, jobOf, jobWhen, running, submitJob, succeeded, workflow } from '../../support/v1.js';

const clicksMax = 3;
const patience = { timeout: 40_000 };

describe.skipIf(noBrowser !== null)(
  `the operator's tasks${noBrowser ? ` — skipped: ${noBrowser}` : ''}`,
  () => {
    let cluster: Cluster;
    let url: string;
    let browser: Browser;
    let page: Page;
    let folder: string;
    let clicks: number;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'comfymux-tasks-'));
      cluster = await startCluster({
        nodes: [
          { name: 'gpu-a', stepMs: 30 },
          { name: 'gpu-b', stepMs: 30, models: { ...wanModelFiles, vae: ['wan_2.1_vae_bf16.safetensors'] } },
        ],
      });
      url = cluster.url;
      browser = await launchBrowser();
      ({ page } = await watchedPage(browser, url));
    });
    afterAll(async () => {
      await browser?.close();
      await cluster?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const run = async (...args: string[]): Promise<Ran> => comfymux(args, { COMFYMUX_SERVER: url });
    const click = async (what: Locator): Promise<void> => {
      clicks += 1;
      await what.first().click(patience);
    };
    const link = (name: string | RegExp): Locator => page.getByRole('link', { name });
    const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
    /** Pages are gone to as people do, by the list at the side. */
    const go = async (name: string): Promise<void> =>
      click(page.getByRole('navigation', { name: 'Pages' }).first().getByRole('link', { name, exact: true }));
    const see = async (text: string | RegExp): Promise<void> =>
      page.getByRole('main').getByText(text).first().waitFor(patience);
    const fromOverview = async (task: () => Promise<void>): Promise<number> => {
      clicks = 0;
      await page.goto(`${url}/console`);
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor(patience);
      await task();
      expect(clicks).toBeLessThanOrEqual(clicksMax);
      return clicks;
    };
    /** One that runs, on the only node that can, and one that waits behind it. */
    const runningAndWaiting = async (tenant = 'default'): Promise<[string, string]> => {
      const order = () => ({ graph: samplingGraph({ steps: 3000 }), tenant });
      const first = await submitJob(url, order());
      await jobWhen(url, first, running);
      const second = await submitJob(url, order());
      await jobWhen(url, second, ({ waiting_for: reason }) => reason !== null);
      return [first, second];
    };
    const cancelAll = async (ids: readonly string[]): Promise<void> => {
      for (const id of ids) await call(`${url}/v1/jobs/${id}/cancel`, 'POST');
      for (const id of ids) await jobWhen(url, id, ({ finished_at: at }) => at !== null);
    };

    it('why does this job wait', async () => {
      const [first, id] = await runningAndWaiting();
      const taken = await fromOverview(async () => {
        await click(link(/graphs without a name/));
        await click(page.getByRole('list', { name: 'Jobs' }).locator(`a[href*="${id}"]`));
        await see('Why it waits');
        await see(/busy/);
      });
      expect(taken).toBe(2);
      expect((await run('jobs', 'why', id)).out).toMatch(/^It waits: .*busy/);
      await cancelAll([first, id]);
    });

    it('let a job go before others, and take it back', async () => {
      const [first, id] = await runningAndWaiting();
      const taken = await fromOverview(async () => {
        await click(link(/graphs without a name/));
        await click(page.getByRole('list', { name: 'Jobs' }).locator(`a[href*="${id}"]`));
        clicks += 1;
        await page.getByLabel('Priority').selectOption('2', patience);
        await page.getByText('1 job with priority 2.').waitFor(patience);
      });
      expect(taken).toBe(3);
      expect(await jobOf(url, id)).toMatchObject({ priority: 2 });
      await button('Undo').click(patience);
      await jobWhen(url, id, (job) => (job as { priority?: number }).priority === 0);
      expect(await run('jobs', 'priority', '1', id)).toMatchObject({ code: 0 });
      await cancelAll([first, id]);
    });

    it('find a job by a text', async () => {
      await makeTenant(url, 'seekers');
      const order = {
        graph: samplingGraph({ steps: 2 }),
        tenant: 'seekers',
        labels: { shot: 'Nightfall-7' },
      };
      const id = await submitJob(url, order);
      await jobWhen(url, id, succeeded);
      const taken = await fromOverview(async () => {
        await page.keyboard.press('/');
        await page.getByRole('combobox').fill('nightfall');
        await click(page.getByRole('option', { name: /jobs with this text/ }));
        await page.getByRole('list', { name: 'Jobs' }).locator(`a[href*="${id}"]`).waitFor(patience);
      });
      expect(taken).toBe(1);
      expect(await page.getByLabel('Text').inputValue()).toBe('nightfall');
      expect((await run('jobs', 'ls', '--search', 'nightfall')).out).toContain(id);
    });

    it('what did it do without', async () => {
      const graph = samplingGraph({ steps: 2 }) as Record<string, { inputs: Record<string, unknown> }>;
      graph['3']!.inputs['text'] = 'a lake, embedding:nobody_has_it';
      const id = await submitJob(url, { graph });
      await page.goto(`${url}/console/jobs/${id}`);
      const note = page.getByRole('note');
      await note.waitFor(patience);
      expect(await note.textContent()).toContain('No node has embedding:nobody_has_it. It runs without it');
    });

    it('why did it run there', async () => {
      const id = await submitJob(url, { graph: samplingGraph({ steps: 2 }) });
      const { node_id: node } = await jobWhen(url, id, succeeded);
      const taken = await fromOverview(async () => {
        await click(page.getByRole('main').locator(`a[href*="${id}"]`));
        await see(/was expected to have it done in/);
      });
      expect(taken).toBe(1);
      expect((await run('jobs', 'why', id)).out).toContain(node ?? '');
    });

    it('which node lacks what for this workflow', async () => {
      const taken = await fromOverview(async () => {
        await go('Workflows');
        await click(page.getByText(/lacks \d+$/));
        await see('wan_2.1_vae.safetensors');
        await see('has wan_2.1_vae_bf16.safetensors');
      });
      expect(taken).toBe(2);
      expect((await run('ready', workflow)).out).toMatch(/gpu-b lacks .*wan_2\.1_vae\.safetensors/);
    });

    it('take a node out for maintenance and see when it is empty', async () => {
      const busy = await runningAndWaiting();
      const taken = await fromOverview(async () => {
        await click(button('Drain gpu-a'));
        await see('gpu-a finishes what it runs and takes nothing new.');
        await cancelAll(busy);
        await see('gpu-a is empty and takes nothing new.');
      });
      expect(taken).toBe(1);
      expect(await run('nodes', 'undrain', 'gpu-a')).toMatchObject({ code: 0 });
      expect(await run('nodes', 'drain', 'gpu-a', '--wait')).toMatchObject({
        code: 0,
        out: 'gpu-a is empty\n',
      });
      await run('nodes', 'undrain', 'gpu-a');
    });

    it('cancel everything of a tenant', async () => {
      await makeTenant(url, 'film');
      const ids = await runningAndWaiting('film');
      const taken = await fromOverview(async () => {
        await go('Tenants and keys');
        await click(button('Cancel its jobs: film'));
        await click(page.getByRole('dialog').getByRole('button', { name: 'Cancel all' }));
        for (const id of ids) await jobWhen(url, id, ({ state }) => state === 'cancelled');
      });
      expect(taken).toBe(3);
      const more = await runningAndWaiting('film');
      expect(await run('jobs', 'cancel', '--tenant', 'film')).toMatchObject({ code: 0 });
      for (const id of more) await jobWhen(url, id, ({ state }) => state === 'cancelled');
    });

    it('what failed in the last hour, and why', async () => {
      const faults = ['gpu-a', 'gpu-b'].map((name) =>
        cluster.node(name).inject({ kind: 'node-error', classType: 'KSampler', times: 20 }),
      );
      const id = await submitJob(url, { graph: samplingGraph({ steps: 2 }) });
      const { error } = await jobWhen(url, id, ({ state }) => state === 'failed');
      for (const fault of faults) fault.clear();
      const why = error?.message.split('\n')[0]?.slice(0, 40) ?? 'nothing';
      const taken = await fromOverview(async () => {
        await see('1 job failed in the last hour.');
        await click(link('See the failed jobs'));
        await page.waitForURL(/since=1h/);
        await see(why);
      });
      expect(taken).toBe(1);
      expect((await run('jobs', 'failed', '--since', '1h')).out).toContain(why.slice(0, 20));
    });

    it('run the demo workflow with my picture', async () => {
      const picture = Buffer.from(solidPng([20, 90, 160]));
      const taken = await fromOverview(async () => {
        await go('Workflows');
        await click(page.getByRole('main').getByRole('link', { name: new RegExp(workflow) }));
        await page.getByLabel('Prompt').fill('a lake');
        await page
          .getByLabel('Image')
          .setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: picture });
        await page.getByLabel('Length').fill('16');
        await click(button(/^Run$/));
        await page.waitForURL(/\/console\/jobs\/[0-9a-f-]{36}$/);
        await jobWhen(url, page.url().slice(-36), succeeded);
        await page.getByRole('main').locator('video').waitFor(patience);
      });
      expect(taken).toBe(3);
      await writeFile(join(folder, 'me.png'), picture);
      const inputs = [`image=@${join(folder, 'me.png')}`, 'prompt=a lake', 'length=16'];
      const ran = await run(
        'run',
        workflow,
        ...inputs.flatMap((one) => ['-i', one]),
        '--out',
        join(folder, 'out'),
      );
      expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('.mp4') as unknown });
    });

    it('publish a workflow from an editor file', async () => {
      const text = JSON.stringify(samplingGraph());
      const taken = await fromOverview(async () => {
        await go('Workflows');
        await click(link('Publish a workflow'));
        await page
          .getByLabel('Workflow file')
          .setInputFiles({ name: 'By Page.json', mimeType: 'application/json', buffer: Buffer.from(text) });
        await click(button(/^Publish$/));
        await page.waitForURL(/\/console\/workflows\/by-page$/);
      });
      expect(taken).toBe(3);
      await writeFile(join(folder, 'by-command.json'), text);
      expect(await run('workflows', 'push', join(folder, 'by-command.json'))).toMatchObject({ code: 0 });
      for (const name of ['by-page', 'by-command'])
        expect((await call(`${url}/v1/workflows/${name}`)).status).toBe(200);
    });

    it('make a key for a team, and revoke it', async () => {
      const mayRead = async (key: string): Promise<boolean> =>
        (await fetch(`${url}/v1/jobs`, { headers: { authorization: `Bearer ${key}` } })).status === 200;
      let key = '';
      const made = await fromOverview(async () => {
        await go('Tenants and keys');
        await click(button('Make a key'));
        await page.getByLabel('Whose').fill('film-team');
        await click(page.getByRole('dialog').getByRole('button', { name: 'Make the key' }));
        key = (await page.getByRole('dialog').getByText(/^cmx_/).first().textContent(patience)) ?? '';
      });
      expect([made, await mayRead(key.trim())]).toEqual([3, true]);
      const revoked = await fromOverview(async () => {
        await go('Tenants and keys');
        await click(button(/^Revoke /));
        await click(page.getByRole('dialog').getByRole('button', { name: 'Revoke the key' }));
        await eventually(async () => !(await mayRead(key.trim())), {
          timeoutMs: 20_000,
          what: 'a revoked key',
        });
      });
      expect(revoked).toBe(3);
      const byCommand = (await run('keys', 'make', 'film-bot', '--role', 'read')).out.trim();
      expect(await mayRead(byCommand)).toBe(true);
      const listed = JSON.parse((await run('keys', 'ls', '--json')).out) as {
        id: string;
        principal: string;
      }[];
      const id = listed.find(({ principal }) => principal === 'film-bot')?.id ?? '';
      expect(await run('keys', 'revoke', id)).toMatchObject({ code: 0 });
      await eventually(async () => !(await mayRead(byCommand)), { timeoutMs: 20_000, what: 'a revoked key' });
    });
  },
);
