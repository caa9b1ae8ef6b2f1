/** A job runs the version that it was submitted with, on whichever of three replicas, whatever happens to its workflow while it waits. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { batchWhen, sendBatch } from '../../support/batches.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { call } from '../../support/v1.js';

const nodes = ['sim-1', 'sim-2', 'sim-3', 'sim-4'];
let deployment: Deployment;
let replicas: Replica[];

beforeAll(async () => {
  deployment = await Deployment.create(nodes.map((name) => ({ name, speed: 100 })));
  const first = await deployment.start();
  replicas = [first, await deployment.start(), await deployment.start()];
});
afterAll(async () => deployment.destroy());

/** What a version makes is named after it. */
async function put(name: string, prefix: string): Promise<string> {
  const workflow = {
    graph: {
      '1': { class_type: 'EmptyImage', inputs: { width: 32, height: 32, batch_size: 1, color: 0 } },
      '2': { class_type: 'SaveImage', inputs: { filename_prefix: prefix, images: ['1', 0] } },
    },
    manifest: {
      title: name,
      inputs: { colour: { type: 'integer', default: 0, targets: [{ node: '1', field: 'color' }] } },
      outputs: [{ node: '2', kind: 'image' }],
    },
  };
  const { body } = await call<{ version: string }>(
    `${replicas[0]!.url}/v1/workflows/${name}`,
    'PUT',
    workflow,
  );
  return body.version;
}
const point = async (name: string, version: string, at = 0): Promise<number> =>
  (await call(`${replicas[at]!.url}/v1/workflows/${name}/channels/latest`, 'POST', { version })).status;
const jobsOf = (workflow: string, count: number, from = 0) => ({
  jobs: Array.from({ length: count }, (_, no) => ({ workflow, inputs: { colour: from + no } })),
});

/** How many of these jobs made files of which names, and how many ended without any. */
async function madeBy(jobIds: readonly string[]): Promise<Record<string, number>> {
  const { rows } = await deployment.database!.pool.query<{ made: string; count: number }>(
    `SELECT COALESCE(split_part(o.filename, '_', 1), 'nothing') AS made, count(DISTINCT j.id)::int AS count
     FROM job j LEFT JOIN job_output o ON o.job_id = j.id WHERE j.id = ANY ($1::uuid[]) GROUP BY 1`,
    [jobIds],
  );
  return Object.fromEntries(rows.map(({ made, count }) => [made, count]));
}

it('runs one version for each pinned submit on three replicas while the workflow turns', async () => {
  const versions = { red: await put('turning', 'red'), blue: await put('turning', 'blue') };
  let turns = 0;
  const over = new AbortController();
  const turning = (async () => {
    for (; !over.signal.aborted; turns += 1)
      expect(
        await point('turning', turns % 2 === 0 ? versions.red : versions.blue, turns % replicas.length),
      ).toBe(200);
  })();
  const batches = await Promise.all(
    replicas.flatMap(({ url }, at) =>
      Object.entries(versions).map(async ([made, version]) => {
        const { status, body } = await sendBatch(url, jobsOf(`turning@${version}`, 20, 100 * at));
        expect({ status, body }).toMatchObject({ status: 202 });
        return { made, batch: await batchWhen(replicas[(at + 1) % 3]!, body.id, ({ ended }) => ended) };
      }),
    ),
  );
  over.abort();
  await turning;
  process.stdout.write(`120 pinned jobs over ${turns} turns of the workflow\n`);
  expect(turns).toBeGreaterThan(10);
  for (const { made, batch } of batches) expect(await madeBy(batch.jobs)).toEqual({ [made]: 20 });
});

it('leaves each of 1,000 jobs that wait its own version when the workflow is rolled back', async () => {
  for (const node of nodes) await call(`${replicas[0]!.url}/v1/nodes/${node}/drain`, 'POST', {});
  const old = await put('rolled', 'old');
  const first = await sendBatch(replicas[0]!.url, jobsOf('rolled', 500));
  await put('rolled', 'new');
  const second = await sendBatch(replicas[0]!.url, jobsOf('rolled', 500));
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(await point('rolled', old, 1)).toBe(200);
  const third = await eventually(
    async () => {
      const { body } = await sendBatch(replicas[2]!.url, jobsOf('rolled', 1));
      const { rows } = await deployment.database!.pool.query<{ hash: string }>(
        'SELECT template_hash AS hash FROM job_input WHERE job_id = $1',
        [body.jobs[0]],
      );
      return rows[0]?.hash === old && body;
    },
    { timeoutMs: 10_000 },
  );
  for (const node of nodes) await call(`${replicas[0]!.url}/v1/nodes/${node}/undrain`, 'POST', {});
  for (const { id } of [first.body, second.body, third])
    await eventually(
      async () => {
        const { body } = await call<{ ended: boolean }>(`${replicas[1]!.url}/v1/batches/${id}`);
        return body.ended;
      },
      { timeoutMs: 400_000, intervalMs: 1_000 },
    );
  expect(await madeBy(first.body.jobs)).toEqual({ old: 500 });
  expect(await madeBy(second.body.jobs)).toEqual({ new: 500 });
  expect(await madeBy(third.jobs)).toEqual({ old: 1 });
}, 600_000);
