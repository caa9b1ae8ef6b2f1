/** Many jobs as one: all or none, in one transaction, once under their key, cancelled together, their results in one archive. */
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchWhen, painter, paintings, sendBatch } from '../../support/batches.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { call } from '../../support/v1.js';
import { expectWithin, slowdownNow } from '../../support/within.js';

let deployment: Deployment;
let replicas: [Replica, Replica];

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim-1' }, { name: 'sim-2' }]);
  replicas = [await deployment.start(), await deployment.start()];
  await call(`${replicas[0].url}/v1/workflows/painter`, 'PUT', painter);
});
afterAll(async () => deployment.destroy());

async function countOf(sql: string): Promise<number> {
  const { rows } = await deployment.database!.pool.query<{ count: string }>(`SELECT count(*) FROM ${sql}`);
  return Number(rows[0]?.count);
}
const send = async (body: unknown, key?: string, at = 0) => sendBatch(replicas[at]!.url, body, key);

async function filesOf(url: string): Promise<Record<string, Uint8Array>> {
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toBe('application/zip');
  // It is made while it is sent.
  expect(response.headers.get('content-length')).toBeNull();
  return unzipSync(new Uint8Array(await response.arrayBuffer()));
}
const widthsIn = (files: Record<string, Uint8Array>) =>
  Object.entries(files)
    .filter(([name]) => name.endsWith('.png'))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, bytes]) => [name.slice(0, 4), Buffer.from(bytes).readUInt32BE(16)]);

describe('a sweep', () => {
  it('of the inputs of a workflow makes a job for each combination, and one archive of all results', async () => {
    const { status, body } = await send({
      job: { workflow: 'painter', inputs: { name: 'swept' }, labels: { series: 'one' } },
      sweep: { width: [32, 48], colour: [1, 2, 3] },
    });
    expect({ status, body }).toMatchObject({ status: 202, body: { tenant: 'default', ended: false } });
    expect(body.jobs).toHaveLength(6);
    const ended = await batchWhen(replicas[1], body.id, (batch) => batch.ended);
    expect(ended).toMatchObject({ progress: 100, counts: { succeeded: 6 }, jobs: body.jobs });
    const files = await filesOf(ended.results_url);
    expect(widthsIn(files)).toEqual([
      ['001/', 32],
      ['002/', 32],
      ['003/', 32],
      ['004/', 48],
      ['005/', 48],
      ['006/', 48],
    ]);
    const told = JSON.parse(Buffer.from(files['jobs.json']!).toString()) as { id: string; missing: [] }[];
    expect(told.map(({ id, missing }) => [id, missing])).toEqual(body.jobs.map((id) => [id, []]));
  });

  it('of a graph names node and field, and a zip takes the lists side by side', async () => {
    const { status, body } = await send({
      job: { graph: painter.graph },
      sweep: { '1.width': [80, 96], '2.filename_prefix': ['a', 'b'] },
      mode: 'zip',
    });
    expect({ status, body }).toMatchObject({ status: 202 });
    await batchWhen(replicas[0], body.id, (batch) => batch.ended);
    const files = await filesOf(body.results_url);
    expect(widthsIn(files)).toEqual([
      ['001/', 80],
      ['002/', 96],
    ]);
  });
});

describe('a batch', () => {
  const good = { workflow: 'painter', inputs: {} };

  it.each([
    ['an input that does not fit', { workflow: 'painter', inputs: { width: 9999 } }, 422],
    ['an unknown workflow', { workflow: 'none', inputs: {} }, 404],
    ['a graph that is none', { graph: { 1: 'x' } }, 400],
    ['a priority there is none of', { workflow: 'painter', priority: 99 }, 422],
    ['a NUL in a label', { workflow: 'painter', labels: { a: 'a\0b' } }, 400],
    ['a name of a prototype', JSON.parse('{"workflow":"painter","inputs":{"__proto__":{"width":1}}}'), 422],
    ['another tenant than the others', { workflow: 'painter', tenant: 'other' }, 422],
    ['a member it does not know', { workflow: 'painter', id: 'mine' }, 422],
  ])('with %s is refused as a whole, by its place', async (_what, bad, status) => {
    const before = await countOf('job');
    const answer = await send({ jobs: [good, bad, good] });
    expect(answer).toMatchObject({ status });
    expect(JSON.stringify(answer.body)).toContain('/jobs/1');
    expect([await countOf('job'), answer.status]).toEqual([before, status]);
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list', [], 422],
    ['nothing', {}, 422],
    ['no jobs', { jobs: [] }, 422],
    ['501 jobs', { jobs: paintings(501) }, 422],
    ['no lists', { job: good, sweep: {} }, 422],
    ['an empty list', { job: good, sweep: { width: [] } }, 422],
    ['jobs and a sweep', { jobs: [good], job: good, sweep: { width: [64] } }, 422],
    ['a name of a prototype for a list', '{"job":{"workflow":"painter"},"sweep":{"__proto__":5}}', 422],
    ['no place in the graph', { job: { graph: painter.graph }, sweep: { '9.width': [1] } }, 422],
    ['a sweep of what is no graph', { job: { graph: [] }, sweep: { '1.width': [1] } }, 422],
    ['inputs that are none', { job: { workflow: 'painter', inputs: 'x' }, sweep: { width: [64] } }, 422],
    ['lists of different lengths', { job: good, mode: 'zip', sweep: { width: [64], colour: [1, 2] } }, 422],
  ])('of %s is refused', async (_what, body, status) => {
    const before = await countOf('job');
    expect(await send(body)).toMatchObject({ status });
    expect(await countOf('job')).toBe(before);
  });

  it('of 10^9 jobs is refused before one is made', async () => {
    const list = Array.from({ length: 1000 }, (_, no) => no);
    const beganMs = performance.now();
    const { status, body } = await send({
      job: good,
      sweep: { width: list, colour: list, name: list },
    });
    expect({ status, body }).toMatchObject({ status: 422 });
    expect(JSON.stringify(body)).toContain('it makes 1000000000 jobs');
    expectWithin(2_000, beganMs);
  });

  it('whose jobs would hold gigabytes is refused, whatever its body holds', async () => {
    const list = Array.from({ length: 500 }, (_, no) => no);
    const answer = await send({
      job: { workflow: 'painter', inputs: { name: 'n'.repeat(10_000_000) } },
      sweep: { colour: list },
    });
    expect(answer).toMatchObject({ status: 413 });
  });

  it('is not found where there is none', async () => {
    const none = '0190aaaa-0000-7000-8000-000000000000';
    for (const path of ['none', none, `${none}/results.zip`, '%00'])
      expect((await fetch(`${replicas[0].url}/v1/batches/${path}`)).status).toBe(404);
    expect((await call(`${replicas[0].url}/v1/batches/${none}/cancel`, 'POST')).status).toBe(404);
  });

  it('of 500 is answered within a second, and cancelled within two', async () => {
    const jobs = paintings(500, { priority: -3 });
    // The first one of a process is slower for reasons that are not the batch's.
    const first = await send({ jobs: jobs.slice(0, 20) });
    const slowdown = slowdownNow();
    const sent = await send({ jobs });
    expect(sent.status).toBe(202);
    expect(new Set(sent.body.jobs).size).toBe(500);
    const beganMs = performance.now();
    const { body } = await call<{ counts: Record<string, number> }>(
      `${replicas[1].url}/v1/batches/${sent.body.id}/cancel`,
      'POST',
    );
    const cancelMs = performance.now() - beganMs;
    process.stdout.write(
      `500 jobs: answered in ${Math.round(sent.tookMs)} ms, cancelled in ${Math.round(cancelMs)} ms: ${JSON.stringify(body.counts)}; the machine was ${slowdown.toFixed(1)} times slower than alone\n`,
    );
    expect(sent.tookMs).toBeLessThan(1_000 * slowdown);
    expect(cancelMs).toBeLessThan(2_000 * slowdown);
    expect(body.counts.queued).toBeUndefined();
    const { counts } = await batchWhen(replicas[0], sent.body.id, (batch) => batch.ended);
    expect((counts.cancelled ?? 0) + (counts.succeeded ?? 0)).toBe(500);
    expect(counts.cancelled).toBeGreaterThan(100);
    await batchWhen(replicas[0], first.body.id, (batch) => batch.ended);
  });
});

describe('an Idempotency-Key of a batch', () => {
  it('makes one of those that come at once to two replicas', async () => {
    const before = await countOf('job');
    const body = { jobs: paintings(100, { labels: { test: 'at once' } }) };
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, no) => send(body, 'at once', no % 2)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(1);
    expect(await countOf(`job WHERE labels->>'test' = 'at once'`)).toBe(100);
    expect(await countOf('job')).toBe(before + 100);
    expect((await send({ jobs: paintings(1) }, 'at once', 1)).status).toBe(409);
    await call(`${replicas[0].url}/v1/batches/${answers[0]!.body.id}/cancel`, 'POST');
  });

  it('is free again after a day, and after a batch that was refused', async () => {
    const body = { jobs: paintings(2) };
    expect((await send({ jobs: [{}] }, 'a day')).status).toBe(422);
    const first = await send(body, 'a day');
    expect((await send(body, 'a day', 1)).body.id).toBe(first.body.id);
    await deployment.database!.pool.query(
      `UPDATE batch SET created_at = created_at - interval '25 hours' WHERE key = 'a day'`,
    );
    const second = await send(body, 'a day');
    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it.each(['job.submit.before_commit', 'job.submit.after_commit'])(
    'finds or makes the whole after a replica died at %s',
    async (at) => {
      const dying = await deployment.start({ COMFYMUX_CRASH_AT: at });
      const body = { jobs: paintings(50, { labels: { test: at } }) };
      await expect(sendBatch(dying.url, body, at)).rejects.toThrow('fetch failed');
      const left = await countOf(`job WHERE labels->>'test' = '${at}'`);
      expect(left).toBe(at.includes('before') ? 0 : 50);
      const again = await send(body, at);
      expect(again.body.jobs).toHaveLength(50);
      expect(await countOf(`job WHERE labels->>'test' = '${at}'`)).toBe(50);
      await batchWhen(replicas[0], again.body.id, ({ counts }) => counts.succeeded === 50);
    },
  );
});
