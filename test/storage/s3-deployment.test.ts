/** The service with its files in a bucket. */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { samplingGraph } from '../support/sampling-graph.js';

const s3 = inject('s3');

describe.skipIf(s3 === null)('a service whose storage is S3', () => {
  const bucket = `test-${randomUUID()}`;
  let deployment: Deployment;
  let linking: Replica;
  let passing: Replica;
  let url: string;

  beforeAll(async () => {
    // oxlint-disable-next-line node/no-process-env -- the SDK reads its settings there
    Object.assign(process.env, s3?.env);
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
    deployment = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    const env = { ...s3?.env, STORAGE_URL: `s3://${bucket}/results?path-style=true` };
    linking = await deployment.start({ ...env, STORAGE_PRESIGNED_DOWNLOADS: 'on' });
    passing = await deployment.start(env);
    const job = await linking.jobs.ended(await linking.jobs.submit(samplingGraph()));
    url = job.outputs[0]?.url ?? '';
  });
  afterAll(async () => deployment?.destroy());

  const at = (replica: Replica): string => url.replace(new URL(url).origin, replica.url);

  it('sends a download on to the store, which names and types the file as the service does', async () => {
    const sentOn = await fetch(url, { redirect: 'manual' });
    expect(sentOn.status).toBe(302);
    expect(sentOn.headers.get('cache-control')).toBe('no-store');
    expect(sentOn.headers.get('location')).toContain(`${s3?.env['AWS_ENDPOINT_URL_S3']}/${bucket}/results/`);
    const [followed, passed] = [await fetch(url), await fetch(at(passing), { redirect: 'error' })];
    for (const name of ['content-type', 'content-disposition', 'content-length'])
      expect(followed.headers.get(name), name).toBe(passed.headers.get(name));
    const bytes = Buffer.from(await passed.arrayBuffer());
    expect(Buffer.from(await followed.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(url, { headers: { range: 'bytes=1-3' } });
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, bytes.subarray(1, 4)]);
  });

  it('answers itself what a signed address cannot: HEAD, and conditions on its own validators', async () => {
    expect((await fetch(url, { method: 'HEAD', redirect: 'manual' })).status).toBe(200);
    const etag = (await fetch(at(passing))).headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag }, redirect: 'manual' })).status).toBe(304);
  });
});
