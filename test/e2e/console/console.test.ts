/** The console in a real browser against the built service: what is done in it is then looked for in the record. */
import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import {
  call,
  jobOf,
  jobWhen,
  running,
  submitJob,
  succeeded,
  uploadedPicture,
  workflow,
} from '../../support/v1.js';
import { solidPng } from '../../support/pictures.js';

const small = { width: 512, height: 512, length: 16 };

describe.skipIf(noBrowser !== null)(`the console${noBrowser ? ` — skipped: ${noBrowser}` : ''}`, () => {
  let cluster: Cluster;
  let url: string;
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    cluster = await startCluster({
      nodes: [
        { name: 'gpu-a', stepMs: 60 },
        { name: 'gpu-b', stepMs: 60, models: { ...wanModelFiles, vae: ['wan_2.1_vae_bf16.safetensors'] } },
      ],
    });
    url = cluster.url;
    browser = await launchBrowser();
    ({ page, faults } = await watchedPage(browser, url));
  });
  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  const open = async (path: string) => page.goto(`${url}/console${path}`);
  const heading = async (name: string | RegExp) =>
    page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 30_000 });
  const order = async (inputs: object = {}) => ({
    workflow,
    inputs: { prompt: 'a lake', image: await uploadedPicture(url, 'lake.png'), ...small, ...inputs },
  });
  const jobsNow = async () =>
    (await call<{ jobs: { id: string; state: string }[] }>(`${url}/v1/jobs`)).body.jobs;

  it('greets a browser that comes by the bare address, and runs the demo with one click', async () => {
    await page.goto(url);
    await heading('Overview');
    expect(new URL(page.url()).pathname).toMatch(/^\/console\/?$/);
    await page.getByRole('button', { name: 'Run the demo' }).click();
    await page.waitForURL(/\/console\/jobs\/[0-9a-f-]{36}$/);
    const id = page.url().slice(-36);
    await jobWhen(url, id, succeeded);
    await page.getByRole('main').locator('video').waitFor();
    await eventually(
      async () => page.evaluate<boolean>(`document.querySelector('main video').readyState >= 1`),
      {
        timeoutMs: 30_000,
        what: 'a video',
      },
    );
  });

  it('programs still get the original JSON at the bare address', async () => {
    const answer = await fetch(url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  });

  it('tells why a job ran where it did, and runs it again with every digit of its seed', async () => {
    const seed = '18446744073709551557';
    const id = await submitJob(
      url,
      JSON.stringify(await order({ noise_seed: 0 })).replace('"noise_seed":0', `"noise_seed":${seed}`),
    );
    await jobWhen(url, id, succeeded);
    await open(`/jobs/${id}`);
    await page.getByText(/was expected to have it done in/).waitFor();
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.waitForURL((address) => !address.pathname.endsWith(id));
    const again = page.url().slice(-36);
    await jobWhen(url, again, succeeded);
    expect(await (await fetch(`${url}/v1/jobs/${again}/graph`)).text()).toContain(`"noise_seed":${seed}`);
  });

  it('shows the graph, and the same job as curl for several doors', async () => {
    const id = await submitJob(url, { graph: samplingGraph() });
    await jobWhen(url, id, succeeded);
    await open(`/jobs/${id}`);
    await page.getByText('The graph that it runs').click();
    await page.locator('.react-flow__node', { hasText: 'KSampler' }).waitFor();
    expect(await page.locator('.react-flow__node').count()).toBe(8);
    await page.getByRole('button', { name: 'Copy as' }).click();
    await page.getByRole('menuitem', { name: 'ComfyUI’s own API: curl' }).click();
    await page.getByRole('dialog').getByText('/prompt').waitFor();
    await page.keyboard.press('Escape');
  });

  it('cancels a running job after a question, and the record says so', async () => {
    const id = await submitJob(url, { graph: samplingGraph({ steps: 400 }) });
    await jobWhen(url, id, running);
    await open(`/jobs/${id}`);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();
    await jobWhen(url, id, ({ state }) => state === 'cancelled');
    await page.getByRole('main').getByText('cancelled').first().waitFor();
    expect((await jobOf(url, id)).error?.code ?? 'cancelled').toBe('cancelled');
  });

  it('drains a node from its list, says so on the overview, and takes it back with Undo or a click', async () => {
    const admin = async () => (await call<{ admin: string }>(`${url}/v1/nodes/gpu-b`)).body.admin;
    await open('/nodes');
    await page.getByRole('button', { name: 'Drain gpu-b' }).click();
    await eventually(async () => (await admin()) !== 'active', { what: 'a node that drains' });
    await open('/');
    await page.getByText(/gpu-b (is empty and|finishes what it runs)/).waitFor();
    await page.getByRole('button', { name: 'Let it take work again' }).click();
    await eventually(async () => (await admin()) === 'active', { what: 'a node that takes work' });
  });

  it('tells the last hour, the life of a node and what it holds in memory', async () => {
    await open('/');
    await page.getByText(/\d+ succeeded/).waitFor();
    await page.getByRole('img', { name: /^Ended by the minute/ }).waitFor();
    await open('/nodes/gpu-a');
    await page.getByRole('img', { name: /^Runs of the last hours/ }).waitFor();
    const memory = page.locator('section', {
      has: page.getByRole('heading', { name: 'What it holds in memory' }),
    });
    await eventually(async () => /HighNoise|LowNoise/.test(await memory.innerText()), {
      timeoutMs: 40_000,
      what: 'a model in memory',
    });
  });

  it('cancels everything of a tenant in three steps', async () => {
    await call(`${url}/v1/tenants/team-b`, 'PUT', {});
    const ids = [];
    for (let at = 0; at < 3; at += 1)
      ids.push(await submitJob(url, { graph: samplingGraph({ steps: 400 }), tenant: 'team-b' }));
    const other = await submitJob(url, { graph: samplingGraph({ steps: 400 }) });
    await open('/jobs');
    await page.getByLabel('Tenant').selectOption('team-b');
    await page.getByRole('button', { name: 'Cancel all of these' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel all' }).click();
    for (const id of ids) await jobWhen(url, id, ({ state }) => state === 'cancelled');
    expect((await jobWhen(url, other, () => true)).state).not.toBe('cancelled');
    await call(`${url}/v1/jobs/${other}/cancel`, 'POST');
  });

  it('cancels many chosen jobs at once', async () => {
    const ids = [];
    for (let at = 0; at < 6; at += 1)
      ids.push(await submitJob(url, { graph: samplingGraph({ steps: 400 }) }));
    await open('/jobs');
    for (const id of ids) await page.getByLabel(`Choose job ${id.slice(-8)}`).check();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel 6 jobs' }).click();
    for (const id of ids) await jobWhen(url, id, ({ state }) => state === 'cancelled');
    await page.getByText('6 jobs cancelled.').waitFor();
    expect(await page.getByText('chosen').count()).toBe(0);
  });

  it('filters in the address', async () => {
    await open('/jobs');
    await page.getByLabel('State').selectOption('cancelled');
    await page.waitForURL(/state=cancelled/);
    const rows = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem');
    await eventually(async () => (await rows.count()) > 0, { what: 'rows' });
    for (const text of await rows.allInnerTexts()) expect(text).toContain('cancelled');
  });

  it('tells which file a node lacks, with the nearest that it has', async () => {
    await open('/workflows');
    await page
      .getByText(/lacks \d+$/)
      .first()
      .click();
    await page.getByText('wan_2.1_vae.safetensors').first().waitFor();
    await page.getByText('has wan_2.1_vae_bf16.safetensors').first().waitFor();
    await open('/models');
    const row = page
      .getByRole('region', { name: 'Models' })
      .getByRole('row', { name: /wan_2\.1_vae\.safetensors/ });
    await row.getByRole('link', { name: 'gpu-b' }).waitFor();
    await page.getByLabel('Search the nodes').fill('vae_bf16');
    const found = page.getByRole('region', { name: 'Found on the nodes' }).getByRole('row');
    await eventually(async () => (await found.count()) === 2, { what: 'one file that was found' });
    expect(await found.last().innerText()).toContain('1 node');
  });

  it('runs a workflow by the form that its schema makes, with a picture', async () => {
    const before = (await jobsNow()).length;
    await open(`/workflows/${workflow}`);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('must be given').first().waitFor();
    expect((await jobsNow()).length).toBe(before);
    await page.getByLabel('Prompt').fill('a quiet lake');
    await page
      .getByLabel('Image')
      .setInputFiles({ name: 'lake.png', mimeType: 'image/png', buffer: solidPng([20, 90, 160]) });
    await page.getByLabel('Length').fill('16');
    await page.getByLabel('Seed').fill('18446744073709551557');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL(/\/console\/jobs\/[0-9a-f-]{36}$/);
    const id = page.url().slice(-36);
    const text = await (await fetch(`${url}/v1/jobs/${id}/graph`)).text();
    expect(text).toContain('18446744073709551557');
    expect(text).toContain('a quiet lake');
    await jobWhen(url, id, succeeded);
    await page.getByRole('link', { name: 'Run with changes' }).click();
    await page.getByLabel('Prompt').fill('a wild lake');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL((address) => /jobs\//.test(address.pathname) && !address.pathname.endsWith(id));
    const changed = page.url().slice(-36);
    const { inputs } = (await call<{ inputs: object }>(`${url}/v1/jobs/${changed}/graph`)).body;
    const first = (await call<{ inputs: object }>(`${url}/v1/jobs/${id}/graph`)).body.inputs;
    expect(inputs).toEqual({ ...first, prompt: 'a wild lake' });
    await jobWhen(url, changed, succeeded);
  });

  it('publishes a workflow from a file, with the inputs that were chosen', async () => {
    await open('/publish');
    await page.getByLabel('Workflow file').setInputFiles({
      name: 'My Lake.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(samplingGraph())),
    });
    await page.getByText('What a caller may set').waitFor();
    expect(await page.getByRole('textbox', { name: /^Name/ }).inputValue()).toBe('my-lake');
    const first = page.getByRole('checkbox').first();
    const offered = await page.getByRole('checkbox').count();
    await first.uncheck();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.waitForURL(/\/console\/workflows\/my-lake$/);
    const { status, body } = await call<{ inputs: { properties: object } }>(`${url}/v1/workflows/my-lake`);
    expect(status).toBe(200);
    expect(Object.keys(body.inputs.properties).length).toBe(offered - 1);
  });

  it('makes a tenant with limits', async () => {
    await open('/tenants');
    await page.getByRole('button', { name: 'Make a tenant' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('team-a');
    await dialog.getByLabel('Weight').fill('2');
    await dialog.getByLabel('May wait').fill('50');
    await dialog.getByRole('button', { name: 'Make the tenant' }).click();
    await page.getByRole('rowheader', { name: 'team-a' }).waitFor();
    expect((await call(`${url}/v1/tenants/team-a`)).body).toMatchObject({
      weight: 2,
      max_queued: 50,
      max_active: null,
    });
  });

  it('tells who changed what, and what was refused', async () => {
    await call(`${url}/v1/tenants/team-a`, 'PUT', { weight: 'heavy' });
    await open('/audit');
    await page
      .getByRole('row', { name: /PUT \/v1\/tenants\/team-a .*done/ })
      .first()
      .waitFor();
    await page.getByRole('row', { name: /PUT \/v1\/tenants\/team-a .*refused: 422/ }).waitFor();
    await page.getByLabel('What was changed').selectOption('key');
    await page.getByText('No change fits these filters.').waitFor();
    expect(await page.getByRole('row').count()).toBe(0);
  });

  it('met no fault of its own, no refusal of its policy and nobody else', () => {
    expect(faults).toEqual([]);
  });
});
