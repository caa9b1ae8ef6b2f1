import { decodePercent, withoutTrailing } from '../outside-text/index.js';

/** Where in which bucket, and how it is addressed. */
export interface S3Place {
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
  /** Whether the bucket is in the path of the URL rather than in its host, as most servers other than AWS want it. */
  pathStyle: boolean;
}

const form = 's3://bucket, s3://bucket/prefix or s3://bucket/prefix?path-style=true';

/** Throws an Error with a sentence for the operator. */
export function parseS3Url(text: string): S3Place {
  const [, bucket, path = '', query = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text) ?? [];
  if (bucket === undefined) throw new Error(`STORAGE_URL is not of the form ${form}.`);
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].filter((name) => name !== 'path-style');
  if (unknown.length > 0)
    throw new Error(`STORAGE_URL has "${unknown.join('", "')}", which is not known; its form is ${form}.`);
  const pathStyle = parameters.get('path-style') ?? 'false';
  if (pathStyle !== 'true' && pathStyle !== 'false')
    throw new Error('path-style in STORAGE_URL must be true or false.');
  const decoded = decodePercent(path);
  if (decoded === undefined) throw new Error(`STORAGE_URL is not of the form ${form}.`);
  const prefix = withoutTrailing(decoded.replace(/^\/+/, ''), '/');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/`, pathStyle: pathStyle === 'true' };
}
