/**
 * Against a real server that speaks S3: set S3_TEST_ENDPOINT to it and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to
 * somebody who may make buckets. CONTRIBUTING.md names one that is installed with a single command.
 */
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
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openStorage } from './open-storage.js';
import { abortUploadsUnder, copyInParts, objectsUnder } from './s3-requests.js';
import { testStorage } from '../../../test/support/storage-contract.js';

// oxlint-disable-next-line node/no-process-env -- where the server is, is no setting of the service
const { env } = process;
const endpoint = env['S3_TEST_ENDPOINT'];
if (!endpoint) console.log('S3 storage is NOT tested: S3_TEST_ENDPOINT is not set.'); // oxlint-disable-line no-console

describe.skipIf(!endpoint)('S3', () => {
  const bucket = `test-${randomUUID()}`;
  const Bucket = bucket;
  let client: S3Client;

  beforeAll(async () => {
    env['AWS_ENDPOINT_URL_S3'] = endpoint;
    env['AWS_REGION'] ??= 'us-east-1';
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
});
