/** Results that are brought to addresses which take a PUT. Buckets: test/storage/deliver.test.ts. */
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { PutReceiver } from '../support/put-receiver.js';
import { samplingGraph } from '../support/sampling-graph.js';

interface Told {
  state: string;
  outputs: { filename: string; url: string }[];
  deliver: {
    to: string;
    convert: string | null;
    files: Record<'waiting' | 'delivered' | 'given_up', number>;
  } | null;
}
interface Delivery {
  id: string;
  kind: string;
  output: number;
  state: string;
  tries: number;
  status: number | null;
  reason: string | null;
}

const env = { DELIVER_TIMEOUT_MS: '2000' };
const receiver = new PutReceiver();
let deployment: Deployment;
let left: Replica;
let right: Replica;

beforeAll(async () => {
  await receiver.start();
  deployment = await Deployment.create([{ name: 'one', stepMs: 5, loadMs: 1 }]);
  [left, right] = await Promise.all([deployment.start(env), deployment.start(env)]);
});
beforeEach(() => void (receiver.answer = 200));
afterAll(async () => {
  await deployment.destroy();
  await receiver.stop();
});

const told = async (id: string, at = right): Promise<Told> =>
  at.jobs.get(id) as Promise<unknown> as Promise<Told>;
async function deliveriesOf(id: string, at = right): Promise<Delivery[]> {
  const answer = await fetch(`${at.url}/v1/jobs/${id}/deliveries`);
  return ((await answer.json()) as { deliveries: Delivery[] }).deliveries;
}
const settled = async (id: string, at = right): Promise<Told> =>
  eventually(
    async () => {
      const job = await told(id, at);
      const files = job.deliver?.files;
      return job.state === 'succeeded' && files?.waiting === 0 && files.delivered + files.given_up > 0 && job;
    },
    { timeoutMs: 40_000, what: 'results at their place' },
  );
const submit = async (deliver: object): Promise<string> => left.jobs.submit(samplingGraph(), { deliver });

it('brings a result as it is, and tells of it in the job without the secret part of the address', async () => {
  const id = await submit({ https_put: [receiver.url('/plain?signature=s3cret')] });
  const job = await settled(id);
  const origin = new URL(receiver.url('/')).origin;
  expect(job.deliver).toEqual({
    to: origin,
    convert: null,
    files: { waiting: 0, delivered: 1, given_up: 0 },
  });
  const [file] = receiver.at('/plain?signature=s3cret');
  const kept = Buffer.from(await (await fetch(job.outputs[0]!.url)).arrayBuffer());
  expect(file?.type).toBe('image/png');
  expect(file?.bytes.equals(kept)).toBe(true);
  expect(await deliveriesOf(id)).toMatchObject([{ kind: 'file', output: 0, state: 'delivered', tries: 1 }]);
  const all = JSON.stringify([job, await deliveriesOf(id)]) + left.output() + right.output();
  expect(all).not.toContain('s3cret');
});

it.each(['webp', 'jpeg', 'png'])('converts a picture to %s', async (format) => {
  const path = `/as-${format}`;
  const id = await submit({ https_put: [receiver.url(path)], convert: { format, quality: 70 } });
  expect((await settled(id)).deliver).toMatchObject({ convert: format, files: { delivered: 1 } });
  const [file] = receiver.at(path);
  expect(file?.type).toBe(`image/${format}`);
  expect(await sharp(file?.bytes).metadata()).toMatchObject({ format, width: 64, height: 64 });
});

it('tries again what a place does not take, gives up what it never takes, and no job fails for it', async () => {
  receiver.answer = 503;
  const again = await submit({ https_put: [receiver.url('/again')] });
  await eventually(() => receiver.at('/again').length > 0, { timeoutMs: 20_000 });
  expect((await told(again)).state).toBe('succeeded');
  receiver.answer = 200;
  expect((await settled(again)).deliver?.files.delivered).toBe(1);
  const [first, second] = receiver.at('/again');
  expect(second?.bytes.equals(first!.bytes)).toBe(true);
  receiver.answer = 403;
  const never = await submit({ https_put: [receiver.url('/never')] });
  expect((await settled(never)).deliver?.files.given_up).toBe(1);
  const [lost] = await deliveriesOf(never);
  expect(lost).toMatchObject({ state: 'given_up', status: 403, reason: 'the receiver answered 403' });
  receiver.answer = 200;
  const path = `/v1/jobs/${never}/deliveries/${lost!.id}/redeliver`;
  expect((await fetch(right.url + path, { method: 'POST' })).status).toBe(202);
  expect((await settled(never)).deliver?.files.delivered).toBe(1);
});

it('follows no redirect', async () => {
  receiver.answer = 302;
  const id = await submit({ https_put: [receiver.url('/redirects')] });
  await eventually(async () => (await deliveriesOf(id))[0]?.status === 302, { timeoutMs: 20_000 });
  expect(receiver.at('/moved')).toEqual([]);
});

it.each([
  [{ to: 's3://closed/prefix' }, /BUCKETS/],
  [{ to: 's3://closed/../up' }, /plain parts/],
  [{ to: 'file:///tmp' }, /s3:/],
  [{ https_put: ['http://169.254.169.254/latest'] }, /link-local/],
  [{ https_put: ['http://user:pass@host/'] }, /credentials/],
  [{ https_put: [] }, /https_put/],
  [{}, /to or https_put/],
  [{ to: 's3://a/b', https_put: ['https://host/'] }, /to or https_put/],
  [{ https_put: ['https://host/'], convert: { format: 'mp4' } }, /format/],
])('refuses %j at the submission', async (deliver, why) => {
  await expect(submit(deliver)).rejects.toThrow(why);
});

describe('a delivery whose replica is killed', () => {
  it('is made again by another, to the same place', async () => {
    const own = await new PutReceiver().start();
    const cluster = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    try {
      const dying = await cluster.start({ DELIVER_TIMEOUT_MS: '3000' });
      own.answer = 'hang';
      const deliver = { https_put: [own.url('/half')], convert: { format: 'webp' } };
      const id = await dying.jobs.submit(samplingGraph(), { deliver });
      await eventually(() => own.received.length > 0, { timeoutMs: 20_000, what: 'the first try' });
      await dying.kill();
      own.answer = 200;
      const living = await cluster.start({ DELIVER_TIMEOUT_MS: '3000' });
      expect((await settled(id, living)).deliver?.files).toEqual({ waiting: 0, delivered: 1, given_up: 0 });
      expect(new Set(own.received.map(({ path }) => path))).toEqual(new Set(['/half']));
      expect(await deliveriesOf(id, living)).toHaveLength(1);
    } finally {
      await cluster.destroy();
      await own.stop();
    }
  });
});
