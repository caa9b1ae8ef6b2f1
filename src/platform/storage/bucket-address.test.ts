import { expect, it } from 'vitest';
import { readBucketAddress } from './bucket-address.js';

const open = ['pictures', 'films/in'];

it.each([
  ['s3://pictures/a.png', 'pictures', 'a.png'],
  ['s3://pictures/a/b c.png', 'pictures', 'a/b c.png'],
  ['s3://films/in/a.mp4', 'films', 'in/a.mp4'],
])('%s is open', (address, bucket, key) => expect(readBucketAddress(address, open)).toEqual({ bucket, key }));

it.each([
  's3://films/inner/a.mp4',
  's3://films/a.mp4',
  's3://films/in/../a.mp4',
  's3://other/a.png',
  's3://pictures/',
  's3://pictures//a',
  's3://PICTURES/a',
  'https://pictures/a',
])('%s is closed', (address) => expect(readBucketAddress(address, open)).toHaveProperty('reason'));

it('without a setting every bucket is closed', () =>
  expect(readBucketAddress('s3://pictures/a.png', [])).toMatchObject({
    reason: expect.stringContaining('BUCKETS') as unknown,
  }));
