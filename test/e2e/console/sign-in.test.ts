/** The console of a service that wants keys: it asks for one, and comes back to where one was. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, randomBytesOfKey } from '../../../src/modules/access/index.js';
import { launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
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
});
