/** Rows of jobs and what stands around them that no door lets in, but a restored or older database may hold: each fails its own job. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { LyingNode, say } from '../../support/lying-node.js';

let node: LyingNode;
let deployment: Deployment;
let service: Replica;
const ids = new Map<string, string>();

const ofClass = (column: string, value: string): string =>
  `WITH made AS (
     INSERT INTO sched_class (hash, requirements, models, loras, node_types, profile_id)
     SELECT c.hash || '${column}' || md5('${value}'), c.requirements, c.models, c.loras, c.node_types, c.profile_id
     FROM sched_class c JOIN job j ON j.class_id = c.id WHERE j.id = $1 RETURNING id),
   pointed AS (UPDATE job SET class_id = made.id FROM made WHERE job.id = $1)
   SELECT id FROM made`;

/** What is done to the rows of a job of its own. */
const poisons: [what: string, sql: string][] = [
  ['a graph that breaks off', `UPDATE job_input SET graph = '{"1":{"class_type"' WHERE job_id = $1`],
  ['a graph that is a list', `UPDATE job_input SET graph = '[1,2]' WHERE job_id = $1`],
  ['a graph of null', `UPDATE job_input SET graph = 'null' WHERE job_id = $1`],
  ['a node that is null', `UPDATE job_input SET graph = '{"1":null,"2":5}' WHERE job_id = $1`],
  [
    'a graph deeper than any',
    `UPDATE job_input SET graph = repeat('{"a":', 5000) || '1' || repeat('}', 5000) WHERE job_id = $1`,
  ],
  ['neither graph nor workflow', `UPDATE job_input SET graph = NULL WHERE job_id = $1`],
  ['files that are no list', `UPDATE job_input SET assets = '{"a":1}' WHERE job_id = $1`],
  ['a file without its place', `UPDATE job_input SET assets = '[{"sha256":5}]' WHERE job_id = $1`],
  ['extra data that is no JSON', `UPDATE job_input SET extra_data = 'nonsense' WHERE job_id = $1`],
  ['labels that are a list', `UPDATE job SET labels = '[1]' WHERE id = $1`],
  ['a webhook of numbers', `UPDATE job SET webhook = '{"url":5}', webhook_secret = '\\x00' WHERE id = $1`],
  ['a delivery of nothing', `UPDATE job SET deliver = '[null]' WHERE id = $1`],
  ['a trace of nonsense', `UPDATE job SET traceparent = 'nonsense' WHERE id = $1`],
  ['numbers below zero', `UPDATE job SET est_ms = -5, work_units = -1, run_limit_ms = NULL WHERE id = $1`],
  ['work that is no number', `UPDATE job SET work_units = 'NaN', credit_s = 'Infinity' WHERE id = $1`],
];
/** Of its class, by a second statement, as the first makes one of its own. */
const classPoisons: [what: string, set: string][] = [
  ['needs that are a list', `requirements = '[]'`],
  ['needs of another shape', `requirements = '{"choices":5,"classes":{"a":1}}'`],
  ['labels of a class that are null', `labels = 'null'`],
];
const around = [
  `INSERT INTO scheduler_memory (name, body) VALUES ('scheduler', '{"estimator":[1],"nodes":"x"}')
   ON CONFLICT (name) DO UPDATE SET body = EXCLUDED.body`,
  `INSERT INTO forecast (name, body) VALUES ('queue', 'nonsense') ON CONFLICT (name) DO UPDATE SET body = 'nonsense'`,
  `INSERT INTO workflow_version (hash, name, definition, source) VALUES ('bad', 'bad', '{"manifest":', 'api')`,
  `INSERT INTO workflow_channel (name, channel, hash) VALUES ('bad', 'stable', 'bad')`,
  `UPDATE tenant SET vfinish = 'NaN' WHERE id <> 'default'`,
  `INSERT INTO tenant (id, weight, vfinish) VALUES ('odd', 'NaN', 'Infinity')`,
  `INSERT INTO inventory (hash, body) VALUES ('bad', '[]')`,
];

beforeAll(async () => {
  node = await LyingNode.start();
  deployment = await Deployment.create([]);
  service = await deployment.start({ NODES: '', SIMULATE: 'off' }, { nodesReady: false });
  const whats = [...poisons, ...classPoisons].map(([what]) => what);
  for (const what of ['an honest job', ...whats])
    ids.set(what, await service.jobs.submit(say({ text: ['x'] })));
  await service.stop();
  const { pool } = deployment.database!;
  for (const [what, sql] of poisons) await pool.query(sql, [ids.get(what)]);
  for (const [what, set] of classPoisons) {
    const { rows } = await pool.query<{ id: number }>(ofClass('x', set.replaceAll("'", '')), [ids.get(what)]);
    await pool.query(`UPDATE sched_class SET ${set} WHERE id = $1`, [rows[0]!.id]);
  }
  for (const sql of around) await pool.query(sql);
  service = await deployment.start(
    { NODES: `n=${node.url}`, SIMULATE: 'off', LOG_LEVEL: 'warn' },
    { nodesReady: false },
  );
});
afterAll(async () => {
  await deployment.destroy();
  await node.stop();
});

test('an honest job runs, before and beside the others', async () => {
  expect((await service.jobs.ended(ids.get('an honest job')!, 60_000)).state).toBe('succeeded');
  const next = await service.jobs.submit(say({ text: ['y'] }));
  expect((await service.jobs.ended(next, 60_000)).state).toBe('succeeded');
});

test.each([...poisons, ...classPoisons].map(([what]) => what))('%s: the job ends, once', async (what) => {
  const job = await service.jobs.ended(ids.get(what)!, 60_000);
  expect(['succeeded', 'failed']).toContain(job.state);
  expect([job.state, job.error?.message ?? '']).not.toEqual(['failed', '']);
});

test('every list and answer can be read, and nothing fell', async () => {
  const failed: string[] = [];
  const pages = [
    '/v1/jobs?limit=100',
    '/v1/jobs?search=nothing',
    '/v1/nodes',
    '/v1/workflows',
    '/v1/workflows/bad',
    '/v1/tenants',
    '/v1/tenants/odd',
    '/v1/queue',
    '/v1/readiness',
    '/v1/stats',
    '/metrics',
    '/readyz',
  ];
  const each = [...ids.values()].flatMap((id) => [
    `/v1/jobs/${id}`,
    `/v1/jobs/${id}/graph`,
    `/api/v2/jobs/${id}`,
    `/v1/jobs/${id}/decision`,
    `/v1/jobs/${id}/deliveries`,
    `/api/v2/jobs/${id}/workflow`,
  ]);
  for (const path of [...pages, ...each]) {
    const { status } = await fetch(service.url + path);
    if (status >= 500) failed.push(`${path} ${status}`);
  }
  for (const [what, id] of ids) {
    const { status } = await fetch(`${service.url}/v1/jobs/${id}/retry`, { method: 'POST' });
    if (status >= 500) failed.push(`retry of ${what} ${status}`);
  }
  for (const path of ['/history?max_items=100', '/queue', '/api/jobs'])
    if (!(await fetch(service.nativeUrl + path)).ok) failed.push(path);
  expect(failed).toEqual([]);
  expect(service.output()).not.toMatch(/uncaughtException|unhandledRejection/);
});
