/** Results that are brought to a bucket. */
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

const s3 = inject('s3');

describe.skipIf(s3 === null)('a job whose results go to a bucket', () => {
  const bucket = `results-${randomUUID()}`;
  let client: S3Client;
  let deployment: Deployment;
  let service: Replica;

  beforeAll(async () => {
    // oxlint-disable-next-line node/no-process-env -- the SDK reads its settings there
    Object.assign(process.env, s3?.env);
    client = new S3Client({ forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    deployment = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    service = await deployment.start({ ...s3?.env, BUCKETS: `${bucket}/out`, BUCKETS_PATH_STYLE: 'on' });
  });
  afterAll(async () => {
    client.destroy();
    await deployment?.destroy();
  });

  const keys = async (): Promise<string[]> =>
    ((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(
      ({ Key = '' }) => Key,
    );
  async function bytesOf(Key: string) {
    const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return { bytes: await buffer(Body as Readable), type: ContentType };
  }
  interface Told {
    outputs: { filename: string; url: string }[];
    deliver: { to: string; files: { delivered: number; waiting: number } };
  }
  const delivered = async (id: string): Promise<Told> =>
    eventually(
      async () => {
        const job = (await service.jobs.get(id)) as unknown as Told;
        return job.deliver.files.delivered > 0 && job.deliver.files.waiting === 0 && job;
      },
      { timeoutMs: 40_000, what: 'results in the bucket' },
    );

  it('finds them under the job, and sent again they are the same objects', async () => {
    const to = `s3://${bucket}/out/mine/`;
    const id = await service.jobs.submit(samplingGraph(), { deliver: { to } });
    const job = await delivered(id);
    const key = `out/mine/${id}/0-${job.outputs[0]?.filename}`;
    expect(job.deliver.to).toBe(to);
    expect(await keys()).toEqual([key]);
    const kept = Buffer.from(await (await fetch(job.outputs[0]!.url)).arrayBuffer());
    const { bytes, type } = await bytesOf(key);
    expect([bytes.equals(kept), type]).toEqual([true, 'image/png']);
    const list = `${service.url}/v1/jobs/${id}/deliveries`;
    const [delivery] = ((await (await fetch(list)).json()) as { deliveries: { id: string; to: string }[] })
      .deliveries;
    expect(delivery?.to).toBe(to);
    await fetch(`${list}/${delivery!.id}/redeliver`, { method: 'POST' });
    await eventually(
      async () =>
        ((await (await fetch(list)).json()) as { deliveries: { tries: number }[] }).deliveries[0]?.tries ===
        2,
      { timeoutMs: 20_000 },
    );
    expect(await keys()).toEqual([key]);
  });

  it('finds pictures converted', async () => {
    const deliver = { to: `s3://${bucket}/out/webp`, convert: { format: 'webp' } };
    const id = await service.jobs.submit(samplingGraph(), { deliver });
    const { outputs } = await delivered(id);
    const { bytes, type } = await bytesOf(
      `out/webp/${id}/0-${outputs[0]?.filename.replace('.png', '.webp')}`,
    );
    expect([type, (await sharp(bytes).metadata()).format]).toEqual(['image/webp', 'webp']);
  });

  it('may not name another place in it', async () => {
    const deliver = { to: `s3://${bucket}/elsewhere` };
    await expect(service.jobs.submit(samplingGraph(), { deliver })).rejects.toThrow(/BUCKETS/);
  });
});
