/**
 * Rows of the other tables that no door lets in, but a restored or older database may hold: attempts, results, batches, deliveries, keys,
 * passes, files, what replicas agree by. Each makes itself unusable at most.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { LyingNode, say } from '../../support/lying-node.js';
import { access, batches, cluster, deliveries, files } from './poisoned/around.js';
import { endedJobs, openAttempts, placed } from './poisoned/attempts.js';

let node: LyingNode;
let deployment: Deployment;
let service: Replica;
const open = new Map<string, string>();
const ended = new Map<string, string>();
const picture = { images: [0, 1].map((at) => ({ filename: `${at}.png`, subfolder: '', type: 'output' })) };
const honest = async (): Promise<string> => service.jobs.submit(say(picture));

beforeAll(async () => {
  node = await LyingNode.start();
  for (const at of [0, 1]) node.files.set(`output//${at}.png`, Buffer.from(`bytes ${at}`));
  deployment = await Deployment.create([]);
  const env = { NODES: `n=${node.url}`, SIMULATE: 'off', LOG_LEVEL: 'warn' };
  service = await deployment.start(env, { nodesReady: false });
  await eventually(() => service.jobs.nodesTakeWork(['n']), { timeoutMs: 30_000, what: 'the node' });
  await Promise.all(endedJobs.map(async ([what]) => void ended.set(what, await prompted())));
  await Promise.all([...ended.values()].map(async (id) => service.jobs.ended(id, 60_000)));
  await service.stop();
  service = await deployment.start({ ...env, NODES: '' }, { nodesReady: false });
  const { pool } = deployment.database!;
  await pool.query(`UPDATE node SET admin = 'disabled'`);
  await Promise.all(openAttempts.map(async ([what]) => void open.set(what, await honest())));
  await service.stop();
  await pool.query(placed, [[...open.values()]]);
  for (const [what, sql] of openAttempts) await pool.query(sql, [open.get(what)]);
  for (const [what, sql] of endedJobs) await pool.query(sql, [ended.get(what)]);
  await pool.query(`INSERT INTO tenant (id) VALUES ('odd')`);
  const [someId] = ended.values();
  for (const sql of [...batches, ...deliveries, ...access, ...files, ...cluster])
    await pool
      .query(sql, sql.includes('$1') ? [someId] : [])
      .catch((e) => console.log('SQLERR', e.message, sql.slice(0, 100)));
  await pool.query(`UPDATE node SET admin = 'active'`);
  service = await deployment.start(env, { nodesReady: false });
}, 300_000);
afterAll(async () => {
  await deployment.destroy();
  await node.stop();
});

/** As ComfyUI's own API takes it: then the record keeps the node's words too. */
async function prompted(): Promise<string> {
  const response = await fetch(`${service.nativeUrl}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: say(picture), client_id: 'c' }),
  });
  return ((await response.json()) as { prompt_id: string }).prompt_id;
}

test('an honest job runs beside the others', async () => {
  expect((await service.jobs.ended(await honest(), 60_000)).state).toBe('succeeded');
});

test.each(openAttempts.map(([what]) => what))('%s: the job ends, once', async (what) => {
  const job = await service.jobs.ended(open.get(what)!, 60_000);
  expect(['succeeded', 'failed']).toContain(job.state);
});

test('every list and answer can be read, and nothing fell', async () => {
  const { rows } = await deployment.database!.pool.query<{ id: string }>('SELECT id FROM batch');
  const lists = [
    '/v1/jobs?limit=200',
    '/v1/jobs?limit=3',
    '/v1/jobs?search=nothing',
    '/v1/batches',
    '/v1/nodes',
    '/v1/nodes/odd',
    '/v1/workflows',
    '/v1/tenants',
    '/v1/tenants/odd',
    '/v1/tenants/default',
    '/v1/queue',
    '/v1/readiness',
    '/v1/stats',
    '/v1/keys',
    '/v1/principals',
    '/v1/audit',
    '/v1/usage',
    '/v1/usage?format=csv',
    '/v1/scaling',
    '/v1/inventory',
    '/v1/nodes/n/timeline',
    '/v1/nodes/n/residency',
    '/api/v2/jobs?limit=100',
    '/metrics',
    '/readyz',
    ...rows.map(({ id }) => `/v1/batches/${id}`),
    ...rows.map(({ id }) => `/v1/batches/${id}/deliveries`),
  ].map((path) => service.url + path);
  const natives = [
    '/history?max_items=100',
    '/queue',
    '/api/jobs',
    '/settings',
    '/internal/files/output',
    '/internal/files/input',
    '/object_info/LoadImage',
  ].map((path) => service.nativeUrl + path);
  const failed: string[] = [];
  const read = async (what: string, url: string, isFine: (answer: Answer) => boolean): Promise<void> => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((error: unknown) => ({ status: 0, text: String(error) }));
    if (!isFine(answer))
      failed.push(`${what}: ${url.slice(0, 200)} ${answer.status} ${answer.text.slice(0, 200)}`);
  };
  const isOk = ({ status, text }: Answer): boolean => status === 200 && (!/^[[{]/.test(text) || isJson(text));
  const isNoFault = ({ status }: Answer): boolean => status > 0 && status < 500;
  for (const url of [...lists, ...natives]) await read('', url, isOk);
  for (const [what, id] of [...ended, ...open]) {
    const of = (base: string, paths: readonly string[]): string[] => paths.map((path) => base + path);
    const own = [
      `/v1/jobs/${id}`,
      `/v1/jobs/${id}/decision`,
      `/v1/jobs/${id}/deliveries`,
      `/v1/jobs/${id}/graph`,
      `/api/v2/jobs/${id}`,
      `/api/status/${id}`,
      `/openai/v1/videos/${id}`,
    ];
    const urls = [...of(service.url, own), ...of(service.nativeUrl, [`/history/${id}`, `/api/jobs/${id}`])];
    await Promise.all(urls.map(async (url) => read(what, url, isNoFault)));
    const { outputs } = await service.jobs.get(id).catch(() => ({ outputs: [] }));
    await Promise.all(outputs.map(async ({ url }) => read(what, url, isNoFault)));
  }
  expect(failed).toEqual([]);
  expect(service.output()).not.toMatch(/uncaughtException|unhandledRejection/);
});

interface Answer {
  status: number;
  text: string;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
