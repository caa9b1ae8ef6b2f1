/** A real Chromium: Debian's, or the one that CHROMIUM_PATH names. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export const browserPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
export const noBrowser = existsSync(browserPath) ? null : 'Chromium is not here (set CHROMIUM_PATH)';

export const launchBrowser = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: browserPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });

export interface Watched {
  page: Page;
  /** Errors of scripts, refusals of the page's policy, requests to anybody else. */
  faults: string[];
}

/** A page of its own, of which every fault is kept. */
export async function watchedPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => void faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content[- ]Security[- ]Policy/i.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    const isOwn = [origin, 'data:', 'blob:'].some((own) => request.url().startsWith(own));
    if (!isOwn) faults.push(`a request to ${request.url()}`);
  });
  return { page, faults };
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; any: { message: string }[] }[];
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds on the page as it is, by the rules of WCAG 2.2 AA and what it holds for good practice. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Evaluated by the debugger: the page's own policy would not let it in.
  await page.evaluate(await readFile(axePath, 'utf8'));
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run(document)');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 200)} ${any[0]?.message ?? ''}`),
  );
}
