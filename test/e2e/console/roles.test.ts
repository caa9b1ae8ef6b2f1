/** What each role sees and may do in the console is what the service lets it: nothing is asked or offered that would be refused. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { makeKey, makeTenant } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';
import { solidPng } from '../../support/pictures.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { jobWhen, submitJob, succeeded, workflow } from '../../support/v1.js';

const roles = ['read', 'submit', 'operator', 'admin'] as const;
type Role = (typeof roles)[number];

/** The buttons and links that do something, by the least role that has them. */
const deeds: { path: (job: string) => string; name: string | RegExp; least: Role }[] = [
  { path: () => '', name: 'Drain gpu-a', least: 'operator' },
  { path: (job) => `/jobs/${job}`, name: 'Run again', least: 'submit' },
  { path: () => '/jobs?state=queued', name: 'Cancel all of these', least: 'submit' },
  { path: () => '/nodes', name: 'Drain gpu-a', least: 'operator' },
  { path: () => '/nodes', name: 'Add a node', least: 'operator' },
  { path: () => '/nodes/gpu-a', name: 'Save', least: 'operator' },
  { path: () => '/workflows', name: 'Publish a workflow', least: 'operator' },
  { path: () => `/workflows/${workflow}`, name: 'Run', least: 'submit' },
  { path: () => `/workflows/${workflow}`, name: 'Forget', least: 'operator' },
  { path: () => '/tenants', name: 'Cancel its jobs: ours', least: 'operator' },
  { path: () => '/tenants', name: 'Change ours', least: 'admin' },
  { path: () => '/tenants', name: 'Make a key', least: 'admin' },
  { path: () => '/audit', name: 'Download', least: 'admin' },
];

describe.skipIf(noBrowser !== null)(`roles${noBrowser ? ` — skipped: ${noBrowser}` : ''}`, () => {
  let cluster: Cluster;
  let url: string;
  let browser: Browser;
  let job: string;
  let theirs: string;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'gpu-a', stepMs: 5 }] });
    url = cluster.url;
    browser = await launchBrowser();
    for (const tenant of ['ours', 'theirs']) await makeTenant(url, tenant);
    job = await submitJob(url, { graph: samplingGraph({ steps: 2 }), tenant: 'ours' });
    theirs = await submitJob(url, { graph: samplingGraph({ steps: 2 }), tenant: 'theirs' });
    for (const id of [job, theirs]) await jobWhen(url, id, succeeded);
  });
  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  /** A page of somebody with that key, and every answer that was a refusal. */
  async function pageOf(role: Role, more: { tenant?: string; workflows?: string[] } = {}) {
    const { key } = await makeKey(url, {
      principal: `${role}-${Math.random()}`,
      role,
      tenant: 'ours',
      ...more,
    });
    const { page, faults } = await watchedPage(browser, url, {
      extraHTTPHeaders: { authorization: `Bearer ${key}` },
    });
    const refused: string[] = [];
    page.on('response', (answer) => {
      if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url().slice(url.length)}`);
    });
    return { page, refused, faults };
  }
  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${url}/console${path}`);
    await page.getByRole('heading').first().waitFor();
    await eventually(async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 0, {
      timeoutMs: 40_000,
      what: `a loaded ${path}`,
    });
  };

  it.each(roles)('offers %s what it may, and asks nothing that is refused', async (role) => {
    const { page, refused, faults } = await pageOf(role);
    const offered: [string, string | RegExp, boolean][] = [];
    for (const { path, name, least } of deeds) {
      await open(page, path(job));
      const deed = page
        .getByRole('main')
        .getByRole('button', { name, exact: true })
        .or(page.getByRole('main').getByRole('link', { name, exact: true }));
      const isExpected = roles.indexOf(role) >= roles.indexOf(least);
      if (isExpected) await deed.first().waitFor({ timeout: 40_000 });
      offered.push([path(job), name, (await deed.count()) > 0]);
    }
    expect(offered).toEqual(
      deeds.map(({ path, name, least }) => [path(job), name, roles.indexOf(role) >= roles.indexOf(least)]),
    );
    const nav = await page
      .getByRole('navigation', { name: 'Pages' })
      .first()
      .getByRole('link')
      .allInnerTexts();
    expect(nav.some((text) => text.includes('Nodes'))).toBe(roles.indexOf(role) >= 2);
    expect(nav.some((text) => text.includes('Audit'))).toBe(role === 'admin');
    for (const path of ['/models', '/publish']) await open(page, path);
    // What the search and the keys lead to is no more than the pages.
    await page.keyboard.press('/');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Escape');
    expect({ refused, faults }).toEqual({ refused: [], faults: [] });
    await page.context().close();
  });

  it('tells a reader at a page of others whose it is, and asks nothing for it', async () => {
    const { page, refused } = await pageOf('read');
    for (const [path, role] of [
      ['/nodes', 'operator'],
      ['/nodes/gpu-a', 'operator'],
      ['/publish', 'operator'],
      ['/audit', 'admin'],
    ] as const) {
      await page.goto(`${url}/console${path}`);
      await page.getByText(`This page is for the role ${role}.`).waitFor({ timeout: 40_000 });
    }
    expect(refused).toEqual([]);
    await page.context().close();
  });

  it('shows another tenant nothing of ours, neither in lists nor by its address', async () => {
    const { page, refused } = await pageOf('submit', { tenant: 'theirs' });
    await open(page, '/jobs');
    await page.getByLabel(`Choose job ${theirs.slice(-8)}`).waitFor();
    expect(await page.getByLabel(`Choose job ${job.slice(-8)}`).count()).toBe(0);
    await open(page, '');
    expect(await page.locator(`a[href*="${job}"]`).count()).toBe(0);
    await open(page, '/tenants');
    await page.getByRole('rowheader', { name: 'theirs' }).first().waitFor();
    expect(await page.getByRole('rowheader', { name: 'ours' }).count()).toBe(0);
    expect(refused).toEqual([]);
    await page.goto(`${url}/console/jobs/${job}`);
    await page.getByText('There is no such job.').waitFor({ timeout: 40_000 });
    // As if there were none, and only because its address was typed.
    expect(new Set(refused)).toEqual(new Set([`404 /v1/jobs/${job}`]));
    await page.context().close();
  });

  it('shows an operator the life of a job of others, and not what went in and came out', async () => {
    const { page, refused } = await pageOf('operator');
    await open(page, `/jobs/${theirs}`);
    await page.getByText('Attempts').first().waitFor();
    await page.getByText('The record as it is').waitFor();
    for (const name of ['Run again', 'Copy as'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    expect(await page.getByText('What it was asked with').count()).toBe(0);
    expect(refused).toEqual([]);
    await page.context().close();
  });

  it('says in the service’s own words what was refused', async () => {
    const { page } = await pageOf('submit', { workflows: ['another'] });
    await open(page, `/workflows/${workflow}`);
    await page.getByLabel('Prompt').fill('a lake');
    const picture = { name: 'lake.png', mimeType: 'image/png', buffer: solidPng([20, 90, 160]) };
    await page.getByLabel('Image').setInputFiles(picture);
    const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const answer = await answered;
    expect(answer.status()).toBe(403);
    const { detail } = (await answer.json()) as { detail: string };
    await page.getByRole('main').getByText(detail).waitFor({ timeout: 40_000 });
    await page.context().close();
  });
});
