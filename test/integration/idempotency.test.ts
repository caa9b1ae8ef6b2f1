import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { samplingGraph } from '../support/sampling-graph.js';

describe('POST /v1/jobs with an Idempotency-Key', () => {
  let deployment: Deployment;
  let replicas: Replica[];

  beforeAll(async () => {
    deployment = await Deployment.create([]);
    replicas = [await deployment.start(), await deployment.start()];
  });
  afterAll(async () => deployment.destroy());

  const submit = async (key: string, body: object, replica = 0): Promise<{ status: number; id?: string }> => {
    const response = await fetch(`${replicas[replica]?.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    const { id } = (await response.json()) as { id?: string };
    return { status: response.status, ...(id !== undefined && { id }) };
  };
  const jobsLabelled = async (label: string): Promise<number> => {
    const { rows } = await deployment.database!.pool.query<{ count: string }>(
      `SELECT count(*) FROM job WHERE labels->>'test' = $1`,
      [label],
    );
    return Number(rows[0]?.count);
  };
  const order = (label: string): object => ({ graph: samplingGraph(), labels: { test: label } });

  it('answers a repetition on any replica with the job of the first request', async () => {
    const body = order('repeated');
    const first = await submit('repeated', body);
    expect(first.status).toBe(202);
    expect(await submit('repeated', body, 1)).toEqual(first);
    expect(await jobsLabelled('repeated')).toBe(1);
  });

  it('refuses another body under the same key, and makes no job of it', async () => {
    await submit('taken', order('first'));
    expect((await submit('taken', order('other'))).status).toBe(409);
    expect(await jobsLabelled('other')).toBe(0);
  });

  it('makes one job of requests that come at once through two replicas', async () => {
    const body = order('at once');
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => submit('at once', body, index % 2)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await jobsLabelled('at once')).toBe(1);
  });

  it('lets one of different bodies win that come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => submit('race', order('race'), index % 2)),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect(await jobsLabelled('race')).toBe(1);
  });

  it('does not keep the key of a request that was refused', async () => {
    expect((await submit('mended', { graph: { 1: { inputs: {} } } })).status).toBe(400);
    expect((await submit('mended', order('mended'))).status).toBe(202);
  });

  it('forgets a key after a day', async () => {
    const body = order('expired');
    const first = await submit('expired', body);
    const { rows } = await deployment.database!.pool.query<{ hours: number }>(
      `SELECT extract(epoch FROM expires_at - now())::float8 / 3600 AS hours FROM idempotency WHERE key = 'expired'`,
    );
    expect(rows[0]?.hours).toBeCloseTo(24, 0);
    await deployment.database!.pool.query(`UPDATE idempotency SET expires_at = now() WHERE key = 'expired'`);
    const second = await submit('expired', body);
    expect(second).toMatchObject({ status: 202 });
    expect(second.id).not.toBe(first.id);
    expect(await submit('expired', body)).toEqual(second);
  });

  it.each(['', 'k'.repeat(256)])('refuses a key of unlawful length', async (key) => {
    expect((await submit(key, order('unlawful'))).status).toBe(400);
  });
});
