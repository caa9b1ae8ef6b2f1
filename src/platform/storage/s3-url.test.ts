import { expect, it } from 'vitest';
import { parseS3Url } from './s3-url.js';

it.each([
  ['s3://bucket', { bucket: 'bucket', prefix: '', pathStyle: false }],
  ['s3://my.bucket-1/', { bucket: 'my.bucket-1', prefix: '', pathStyle: false }],
  ['s3://bucket/a/b%20c/', { bucket: 'bucket', prefix: 'a/b c/', pathStyle: false }],
  ['s3://bucket?path-style=true', { bucket: 'bucket', prefix: '', pathStyle: true }],
  ['s3://bucket/a?path-style=false', { bucket: 'bucket', prefix: 'a/', pathStyle: false }],
])('%s names a place', (url, place) => {
  expect(parseS3Url(url)).toEqual(place);
});

it.each([
  ['s3:bucket', /not of the form/],
  ['s3://', /not of the form/],
  ['s3://Bucket_1', /not of the form/],
  ['s3://key:secret@bucket', /^(?!.*secret).*not of the form/],
  ['s3://bucket?region=x', /"region", which is not known/],
  ['s3://bucket?path-style=1', /must be true or false/],
])('%s is refused in a sentence', (url, sentence) => {
  expect(() => parseS3Url(url)).toThrow(sentence);
});
