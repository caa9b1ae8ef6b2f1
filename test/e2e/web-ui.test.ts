import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { samplingGraph } from '../contract/native/graphs.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/poll.js';
import { type Service, startService } from '../support/service.js';
import { type FrontendNode, startFrontendNode } from './frontend-node.js';

/**
 * The real web UI, from the PyPI package comfyui-frontend-package: COMFYUI_FRONTEND_DIR names its `static` folder.
 * CHROMIUM_PATH names the browser.
 */
const filesDir = process.env['COMFYUI_FRONTEND_DIR'] ?? '';
const browserPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const missing = [
  ...(existsSync(join(filesDir, 'index.html')) ? [] : ['the web UI (set COMFYUI_FRONTEND_DIR)']),
  ...(existsSync(browserPath) ? [] : ['Chromium (set CHROMIUM_PATH)']),
];

describe.skipIf(missing.length > 0)(
  `the ComfyUI web UI${missing.length > 0 ? ` — skipped: ${missing.join(' and ')} is not here` : ''}`,
  () => {
    let nodes: SimulatedNode[];
    let front: FrontendNode;
    let database: TestDatabase;
    let service: Service;
    let dataDir: string;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    const faults: string[] = [];

    beforeAll(async () => {
      nodes = await Promise.all(
        ['ui.safetensors', 'sd15.safetensors', 'other.safetensors'].map((checkpoint) =>
          startSimulatedNode({ models: { checkpoints: [checkpoint] }, stepMs: 150, previewMethod: 'auto' }),
        ),
      );
      front = await startFrontendNode(nodes[0]?.url ?? '', filesDir);
      [database, dataDir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-ui-'))];
      service = await startService({
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        NODES: `a=${front.url},b=${nodes[1]?.url},c=${nodes[2]?.url}`,
        NODE_POLL_INTERVAL_MS: '200',
        IDLE_POLL_INTERVAL_MS: '500',
        LOG_LEVEL: 'warn',
      });
      await eventually(
        async () =>
          (await (await fetch(`${service.nativeUrl}/object_info/CheckpointLoaderSimple`)).text()).includes(
            'sd15',
          ),
        { timeoutMs: 30_000 },
      );
      browser = await chromium.launch({
        executablePath: browserPath,
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      });
      context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
      page = await context.newPage();
      page.on('pageerror', (error) => void faults.push(String(error)));
      page.on('response', (response) => {
        if (
          response.url().startsWith(service.nativeUrl) &&
          response.status() >= 400 &&
          !isAlsoMissingAtComfyui(response.url())
        )
          faults.push(`${response.status()} ${response.request().method()} ${response.url()}`);
      });
    });

    afterAll(async () => {
      await browser.close();
      await service.stop();
      await front.stop();
      await Promise.all(nodes.map((node) => node.stop()));
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });

    it('loads, takes a dropped workflow, runs it on the node that has its model, and shows progress and result', async () => {
      await open(page, service.nativeUrl);
      await drop(page, samplingGraph({ steps: 8 }));
      await page.waitForFunction('window.app.graph._nodes.length === 7');
      const seen = new Set<string>();
      const result = page.waitForResponse(
        (response) => /\/api\/view\?.*native_00001/.test(response.url()) && response.status() === 200,
      );
      await page.getByTestId('queue-button').click();
      await eventually(
        async () => {
          seen.add(await page.title());
          return page.evaluate<boolean>(`'9' in window.app.nodeOutputs`);
        },
        { timeoutMs: 30_000, intervalMs: 50, what: 'a result in the web UI' },
      );
      // The result is drawn once its node is in view.
      await page.keyboard.press('.');
      expect((await result).headers()['content-type']).toBe('image/png');
      expect([...seen].some((title) => /\[\d+%\] KSampler/.test(title))).toBe(true);
      expect(nodes.map((node) => node.record().length)).toEqual([0, 1, 0]);
    });

    it('cancels what runs', async () => {
      await page.evaluate(`{
      const { widgets } = window.app.graph._nodes.find(({ type }) => type === 'KSampler');
      widgets.find(({ name }) => name === 'steps').value = 400;
    }`);
      await page.getByTestId('queue-button').click();
      await eventually(async () => /KSampler/.test(await page.title()), {
        timeoutMs: 30_000,
        what: 'a run under way',
      });
      await page.getByLabel('Cancel current run').click();
      await eventually(async () => (await statuses(page)).includes('cancelled'), {
        timeoutMs: 30_000,
        what: 'a cancelled job',
      });
      expect(await statuses(page)).toEqual(['cancelled', 'completed']);
    });

    it('finds queue and history again when the page is loaded anew', async () => {
      await open(page, service.nativeUrl);
      await page.getByTestId('queue-overlay-toggle').click();
      const entry = page.getByText('native_00001_.png').first();
      await entry.waitFor({ timeout: 20_000 });
      expect(await entry.isVisible()).toBe(true);
    });

    it('shows another browser nothing of it', async () => {
      const other = await browser.newContext();
      const stranger = await other.newPage();
      await open(stranger, service.nativeUrl);
      expect(await statuses(stranger)).toEqual([]);
      expect(await stranger.evaluate(`fetch('/api/history').then((answer) => answer.json())`)).toEqual({});
      await other.close();
    });

    it('met no fault of ours', () => {
      expect(faults).toEqual([]);
    });
  },
);

/** What a new ComfyUI with nothing saved answers 404 as well; the simulated node has no templates package. */
const isAlsoMissingAtComfyui = (url: string): boolean =>
  /\/user\.css$|\/api\/userdata|\/templates\//.test(url);

const statuses = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(
    `fetch('/api/jobs').then((answer) => answer.json()).then(({ jobs }) => jobs.map(({ status }) => status))`,
  );

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.getByTestId('queue-button').waitFor({ timeout: 60_000 });
  await page.waitForFunction('window.app?.graph !== undefined');
  // A dialog with templates greets a new user.
  await page
    .getByLabel('Close dialog')
    .waitFor({ timeout: 3_000 })
    .catch(() => undefined);
  await page.keyboard.press('Escape');
}

async function drop(page: Page, graph: object): Promise<void> {
  await page.evaluate(`{
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([${JSON.stringify(JSON.stringify(graph))}], 'workflow.json', { type: 'application/json' }));
    const canvas = document.querySelector('canvas#graph-canvas') ?? document.querySelector('canvas');
    for (const type of ['dragenter', 'dragover', 'drop'])
      canvas.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer, clientX: 500, clientY: 400 }));
  }`);
}
