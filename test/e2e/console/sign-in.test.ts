/** The console of a service that wants keys: it asks for one, and offers what its role may. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, randomBytesOfKey } from '../../../src/modules/access/index.js';
import { launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/poll.js';
import { type Service, startService } from '../../support/service.js';

describe.skipIf(noBrowser !== null)(`signing in${noBrowser ? ` — skipped: ${noBrowser}` : ''}`, () => {
  const admin = keyOf(randomBytes(randomBytesOfKey)).text;
  let service: Service;
  let database: TestDatabase;
  let dataDir: string;
  let browser: Browser;

  beforeAll(async () => {
    [database, dataDir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-sign-in-'))];
    await writeFile(join(dataDir, 'admin.key'), admin, { mode: 0o600 });
    service = await startService({
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      SIMULATE: 'off',
      AUTH: 'on',
      ADMIN_KEY_FILE: join(dataDir, 'admin.key'),
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Of a browser whose user enters this key when it is asked for. */
  const signedIn = async (key: string, path: string) => {
    const watched = await watchedPage(browser, service.url, {
      httpCredentials: { username: 'me', password: key, origin: service.url },
    });
    await watched.page.goto(`${service.url}/console${path}`);
    await watched.page.getByRole('link', { name: 'Sign in with a key' }).click();
    return watched;
  };

  it('asks for a key, comes back to the page, and shows what is there', async () => {
    const { page, faults } = await signedIn(admin, '/nodes');
    await page.getByText('There is no node yet.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/nodes');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('makes a key for a team, shows it once, and revokes it', async () => {
    const { page } = await signedIn(admin, '/tenants');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Make a key' });
    await dialog.getByLabel('Whose').fill('team-a');
    await dialog.getByLabel('Role').selectOption('read');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const shown = page.getByRole('dialog', { name: 'Copy the key now' });
    const key = await shown.locator('pre').innerText();
    await shown.getByRole('button', { name: 'I have it' }).click();
    const asTeam = async () =>
      (await fetch(`${service.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await asTeam()).toBe(200);

    const team = await signedIn(key, '/workflows');
    await team.page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
    await eventually(async () => (await team.page.getByRole('link', { name: 'Nodes' }).count()) === 0, {
      what: 'pages of a reader',
    });
    expect(await team.page.getByRole('link', { name: 'Publish a workflow' }).count()).toBe(0);
    await team.page.context().close();

    await page
      .getByRole('button', { name: /^Revoke/ })
      .first()
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke the key' }).click();
    await eventually(async () => (await asTeam()) === 401, { what: 'a key that is not good any more' });
    await page.context().close();
  });
});
