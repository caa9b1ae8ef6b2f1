/** The console of a service that wants keys: it asks for one, and comes back to where one was. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, randomBytesOfKey } from '../../../src/modules/access/index.js';
import { axeFindings, launchBrowser, noBrowser, watchedPage } from '../../support/browser.js';
import { OpenIdProviderProcess } from '../../support/openid-provider.js';
import { eventually } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type Service, startService } from '../../support/service.js';

/** Where pictures of the pages go, to be looked at. */
const picturesDir = process.env['LOGIN_PICTURES_DIR'];

describe.skipIf(noBrowser !== null)(`signing in${noBrowser ? ` — skipped: ${noBrowser}` : ''}`, () => {
  const admin = keyOf(randomBytes(randomBytesOfKey)).text;
  const strange = keyOf(randomBytes(randomBytesOfKey)).text;
  let service: Service;
  let database: TestDatabase;
  let dataDir: string;
  let browser: Browser;
  let provider: OpenIdProviderProcess;

  beforeAll(async () => {
    [database, dataDir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-sign-in-'))];
    await writeFile(join(dataDir, 'admin.key'), admin, { mode: 0o600 });
    const port = await freePort();
    service = await startService({
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      OIDC_CLIENT_ID: 'mux-public',
      OIDC_SCOPES: 'openid groups',
      OIDC_PROVIDER_NAME: 'Example',
      OIDC_GRANTS: 'groups=platform>default:admin',
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      SIMULATE: 'off',
      AUTH: 'on',
      ADMIN_KEY_FILE: join(dataDir, 'admin.key'),
    });
    const callbacks = [service.url, service.nativeUrl].map((url) => `${url}/login/callback`);
    provider = await OpenIdProviderProcess.start({ port, callbacks });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await provider?.stop();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('asks for a key, comes back to the page, shows what is there, and lets one out again', async () => {
    const { page, faults } = await watchedPage(browser, service.url);
    await page.goto(`${service.url}/console/nodes`);
    await page.getByRole('link', { name: 'Log in' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Key').fill(strange);
    await page.getByRole('button', { name: 'Log in with a key' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Key').fill(admin);
    await page.getByRole('button', { name: 'Log in with a key' }).click();
    await page.getByText('There is no node yet.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/nodes');
    await page.getByRole('link', { name: 'Log out' }).click();
    await page.getByText('Logged in as admin').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Key').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.goto(`${service.url}/console/nodes`);
    await page.getByText('This service wants a key.').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('ends the logins of a key and of somebody, whose pages then want a key again', async () => {
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
    const made = await fetch(`${service.url}/v1/keys`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ principal: 'painter', role: 'submit' }),
    });
    const { id, key } = (await made.json()) as { id: string; key: string };
    const logIn = async (with_: string) => {
      const { page } = await watchedPage(browser, service.url);
      await page.goto(`${service.url}/login?to=/console/tenants`);
      await page.getByLabel('Key').fill(with_);
      await page.getByRole('button', { name: 'Log in with a key' }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      return page;
    };
    const isOut = async (page: Page): Promise<boolean> => {
      await page.goto(`${service.url}/console/jobs`);
      const wants = page.getByText('This service wants a key.');
      await wants
        .or(page.getByRole('heading', { level: 1 }))
        .first()
        .waitFor();
      return wants.isVisible();
    };
    const operator = await logIn(admin);
    const ended = async (deed: () => Promise<unknown>): Promise<void> => {
      const page = await logIn(key);
      await deed();
      await operator
        .getByRole('status')
        .getByText(/^1 login of .* ended: every replica obeys/)
        .last()
        .waitFor();
      await eventually(async () => isOut(page), { what: 'a page that is logged out' });
      await page.context().close();
    };
    await ended(async () => {
      await operator.getByRole('button', { name: `End logins of ${id}` }).click();
      await operator.getByRole('dialog').getByRole('button', { name: 'End the logins' }).click();
    });
    await operator.getByRole('button', { name: 'Close' }).click();
    await ended(async () => {
      await operator.getByRole('button', { name: 'End logins of …' }).click();
      await operator.getByLabel('Whose').fill('painter');
      expect(await axeFindings(operator)).toEqual([]);
      await operator.getByRole('button', { name: 'End the logins' }).click();
    });
    // Who ended them is not logged out, and the key goes on.
    await operator.getByRole('button', { name: `Revoke ${id}` }).waitFor();
    const me = await fetch(`${service.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect(me.status).toBe(200);
    await operator.context().close();
  });

  it('stands before the web UI on port 8188, too, and one login opens both', async () => {
    const { page, faults } = await watchedPage(browser, service.nativeUrl);
    await page.goto(`${service.nativeUrl}/?tab=1`);
    const asked = new URL(page.url());
    expect(asked.pathname + asked.search).toBe('/login?to=%2F%3Ftab%3D1');
    if (picturesDir !== undefined) await page.screenshot({ path: join(picturesDir, 'login.png') });
    await page.getByLabel('Key').fill(admin);
    const answered = page.waitForResponse((answer) => answer.url() === `${service.nativeUrl}/?tab=1`);
    await page.getByRole('button', { name: 'Log in with a key' }).click();
    // There is no node to serve the pages, but one is let in.
    expect((await answered).status()).toBe(503);
    const told = await page.evaluate<[number, string]>(
      `fetch('/queue').then(({ status }) => [status, document.cookie])`,
    );
    // No script sees the cookie.
    expect(told).toEqual([200, expect.not.stringContaining('login')]);
    expect(faults).toEqual([]);
    await page.goto(`${service.url}/console/nodes`);
    await page.getByText('There is no node yet.').waitFor();
    await page.goto(`${service.nativeUrl}/login`);
    if (picturesDir !== undefined) await page.screenshot({ path: join(picturesDir, 'logged-in.png') });
    await page.context().close();
  });

  it('sends people to their provider, and brings them back to the page, on either port', async () => {
    const { page, faults } = await watchedPage(browser, service.url);
    // The provider's own pages would have fonts from elsewhere.
    await page.context().route(
      ({ hostname }) => hostname !== '127.0.0.1',
      async (route) => route.abort(),
    );
    await page.goto(`${service.url}/console/nodes`);
    await page.getByRole('link', { name: 'Log in' }).click();
    if (picturesDir !== undefined) await page.screenshot({ path: join(picturesDir, 'provider.png') });
    await page.getByRole('link', { name: 'Log in with Example' }).click();
    await page.locator('input[name=login]').fill('ada@platform');
    await page.locator('input[name=password]').fill('x');
    await page.locator('button[type=submit]').click();
    await page.locator('button[type=submit]').click();
    await page.getByText('There is no node yet.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/nodes');
    await page.getByRole('link', { name: 'Log out' }).click();
    await page.getByText('Logged in as oidc:ada@platform').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    // Known at the provider by now: there and back without a question, and in at the other port.
    await page.goto(`${service.nativeUrl}/?tab=1`);
    const answered = page.waitForResponse((answer) => answer.url() === `${service.nativeUrl}/?tab=1`);
    await page.getByRole('link', { name: 'Log in with Example' }).click();
    // There is no node to serve the pages, but one is let in.
    expect((await answered).status()).toBe(503);
    expect(faults.filter((fault) => !fault.startsWith('a request to'))).toEqual([]);
    await page.context().close();
  });
});
