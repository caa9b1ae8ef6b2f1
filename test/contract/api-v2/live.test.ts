/** What holds while jobs run: places in the queue, streams that end for another reason than the job's, too many of them, and secrets. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { EventReader } from '../../support/event-reader.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { ApiV2Client, reference } from './client.js';
import { inverted } from './graphs.js';

const streamsMax = 1_000;

describe('Comfy API v2, while jobs run', () => {
  let deployment: Deployment;
  let replica: Replica;
  let client: ApiV2Client;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'one', stepMs: 20, loadMs: 1 }]);
    replica = await deployment.start();
    client = new ApiV2Client(replica.url);
    await eventually(
      async () =>
        (await (await fetch(`${replica.nativeUrl}/object_info/SaveImage`)).text()).includes('SaveImage'),
      { what: 'the classes of the cluster' },
    );
  });
  afterAll(async () => deployment.destroy());

  const eventsUrl = (id: string): string => `${replica.url}/api/v2/jobs/${id}/events`;
  const cancel = async (id: string): Promise<unknown> => client.must('POST', `/jobs/${id}/cancel`);
  const running = async (): Promise<string> => {
    const { id } = await client.submit(samplingGraph({ steps: 5_000 }));
    await eventually(async () => (await client.job(id)).status === 'running', { what: 'a running job' });
    return id;
  };

  it('a stream tells the place in the queue as it changes', async () => {
    const first = await running();
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) ids.push((await client.submit(samplingGraph())).id);
    const [next = '', second = '', last = ''] = ids;
    const stream = await EventReader.open(eventsUrl(last));
    const place = async (at: number) =>
      stream.one('status', ({ status, queue_position: told }) => status === 'queued' && told === at);
    const { queue_position: position } = await stream.one('status');
    expect(position).toBe((await client.job(last)).queue_position);
    await cancel(second);
    await place(Number(position) - 1);
    for (const id of [next, first]) await cancel(id);
    await stream.one('status', ({ status }) => status === 'succeeded');
    const statuses = stream.of('status').map(({ status }) => status);
    expect(statuses.lastIndexOf('queued')).toBeLessThan(statuses.indexOf('running'));
  });

  it('a stream whose job is removed ends with an error event', async () => {
    const id = await running();
    const streams = await Promise.all([EventReader.open(eventsUrl(id)), EventReader.open(eventsUrl(id))]);
    for (const stream of streams) await stream.one('status');
    await deployment.database?.pool.query('DELETE FROM job WHERE id = $1', [id]);
    for (const stream of streams) {
      expect(await stream.one('error')).toEqual({
        error: { code: 'not_found', message: expect.any(String) as string, details: null },
      });
      await eventually(() => stream.hasEnded, { what: 'the end of the stream' });
      expect(stream.events.at(-1)?.event).toBe('error');
    }
    await deployment.node('one').restart();
  });

  it(`refuses more than ${streamsMax} streams at once, and takes one again when one has gone`, async () => {
    const id = await running();
    const agent = new Agent({ maxSockets: Infinity });
    const open = async (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(eventsUrl(id), { agent }, (answer) => resolve(answer.on('error', () => undefined).resume())).once(
          'error',
          reject,
        );
      });
    const streams = await Promise.all(Array.from({ length: streamsMax }, open));
    expect(new Set(streams.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    const refused = await client.call<{ error: { code: string } }>('GET', `/jobs/${id}/events`);
    expect([refused.status, refused.body.error.code]).toEqual([429, 'too_many_streams']);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await client.job(id)).status).toBe('running');
    streams[0]?.destroy();
    await eventually(async () => (await open()).statusCode === 200, { what: 'room for a stream' });
    agent.destroy();
    await cancel(id);
  });

  it('a credential reaches the run, and is neither told nor kept in clear', async () => {
    const secret = `comfyui-${crypto.randomUUID()}`;
    const first = await running();
    const job = await client.submit(samplingGraph(), { extra_data: { api_key_comfy_org: secret } });
    const { rows } = await deployment.database!.pool.query<{ text: string; sealed: boolean }>(
      `SELECT i::text || p::text || encode(p.secrets, 'escape') AS text, p.secrets IS NOT NULL AS sealed
       FROM job_input i JOIN job_prompt p USING (job_id) WHERE job_id = $1`,
      [job.id],
    );
    expect(rows[0]?.sealed).toBe(true);
    expect(rows[0]?.text).not.toContain(secret);
    await cancel(first);
    const told = [await client.ended(job.id), await client.must('GET', `/jobs/${job.id}/workflow`)];
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(replica.output()).not.toContain(secret);
  });

  it('an upload that is named again is kept as long as anybody asked for, and never shorter', async () => {
    const bytes = solidPng([7, 7, 7]);
    const upload = async (
      fields: Record<string, string> = {},
    ): Promise<{ id: string; expires_at: string | null }> =>
      (await client.upload(bytes, 'kept.png', fields)).body;
    const first = await upload({ expires_in: '600' });
    const shorter = await upload({ expires_in: '60' });
    expect(shorter).toMatchObject({ id: first.id, expires_at: first.expires_at });
    const longer = await upload({ expires_in: '1200' });
    expect(Date.parse(longer.expires_at ?? '')).toBeGreaterThan(Date.parse(first.expires_at ?? ''));
    expect((await upload()).expires_at).toBeNull();
    expect((await upload({ expires_in: '60' })).expires_at).toBeNull();
    const job = await client.run(inverted(reference(first.id.toUpperCase())));
    expect(job.outputs).toHaveLength(1);
  });
});
