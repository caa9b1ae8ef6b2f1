/** Against a real server that speaks S3. */
import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { openStorage } from '../../src/platform/storage/open-storage.js';
import { abortUploadsUnder, copyInParts, objectsUnder } from '../../src/platform/storage/s3-requests.js';
import { eventually } from '../support/poll.js';
import { testStorage } from '../support/storage-contract.js';

const s3 = inject('s3');

describe.skipIf(s3 === null)('S3', () => {
  const bucket = `test-${randomUUID()}`;
  const Bucket = bucket;
  let client: S3Client;

  beforeAll(async () => {
    // oxlint-disable-next-line node/no-process-env -- the SDK reads its settings there
    Object.assign(process.env, s3?.env);
    client = new S3Client({ forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket }));
  });

  afterEach(async () => {
    await abortUploadsUnder(client, bucket, '', new Date(Date.now() + 3_600_000));
    for await (const { key } of objectsUnder(client, bucket, ''))
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
  });

  afterAll(async () => {
    await client.send(new DeleteBucketCommand({ Bucket }));
  });

  describe('in a bucket of its own', () => {
    testStorage(async () => ({
      storage: await openStorage(`s3://${bucket}?path-style=true`),
      leaveHalfWritten: async () => {
        await client.send(
          new PutObjectCommand({ Bucket, Key: 'unfinished/uploaded-not-copied', Body: 'half' }),
        );
      },
    }));
  });

  describe('under a prefix, beside the objects of others', () => {
    testStorage(async () => {
      await client.send(
        new PutObjectCommand({ Bucket, Key: `sha256/aa/aa/${'a'.repeat(64)}`, Body: "another's" }),
      );
      return {
        storage: await openStorage(`s3://${bucket}/some/prefix?path-style=true`),
        leaveHalfWritten: async () => {
          const target = { Bucket, Key: 'some/prefix/unfinished/upload-not-ended' };
          const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
          await client.send(
            new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: randomBytes(5 * 1024 ** 2) }),
          );
        },
      };
    });
  });

  test('a copy in parts is the same bytes', async () => {
    const bytes = randomBytes(11 * 1024 ** 2 + 1);
    await client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: bytes }));
    await copyInParts(
      client,
      { Bucket, Key: 'to', CopySource: `${bucket}/from` },
      bytes.length,
      5 * 1024 ** 2,
    );
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'to' }));
    expect(bytes.equals(await buffer(Body as NodeJS.ReadableStream))).toBe(true);
  });

  test('a bucket that is not there is an error of the operator, not a file that is missing', async () => {
    const storage = await openStorage('s3://no-such-bucket-here?path-style=true');
    await expect(storage.get('0'.repeat(64))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  test('an address that it hands out gives the bytes and ranges to anybody, under the wanted name, and no longer than wanted', async () => {
    const storage = await openStorage(`s3://${bucket}/linked?path-style=true`, { linkExpiryS: 2 });
    const { sha256 } = await storage.put(chunk('0123456789'), { maxBytes: 10 });
    const link = await storage.link(sha256, {
      contentType: 'video/mp4',
      disposition: 'inline; filename="a b.mp4"',
    });
    const whole = await fetch(link ?? '');
    expect(whole.status).toBe(200);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-disposition': 'inline; filename="a b.mp4"',
    });
    expect(await whole.text()).toBe('0123456789');
    const part = await fetch(link ?? '', { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
    expect((await fetch((link ?? '').replace(sha256, '0'.repeat(64)))).status).toBe(403);
    await eventually(async () => (await fetch(link ?? '')).status === 403, {
      timeoutMs: 15_000,
      intervalMs: 200,
    });
    const plain = await openStorage(`s3://${bucket}/linked?path-style=true`);
    expect(await plain.link(sha256, { contentType: 'video/mp4', disposition: 'inline' })).toBeUndefined();
  });
});

async function* chunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
