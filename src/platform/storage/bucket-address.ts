/** `s3://bucket/key`, held against the places that are open: `bucket` or `bucket/prefix`. */
export function readBucketAddress(
  address: string,
  open: readonly string[],
): { bucket: string; key: string } | { reason: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(address) ?? [];
  if (bucket === '') return { reason: 'must be of the form s3://bucket/key' };
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return { reason: 'must have a key of plain parts' };
  const place = `${bucket}/${key}`;
  return open.some((entry) => entry === bucket || place.startsWith(`${entry.replace(/\/$/, '')}/`))
    ? { bucket, key }
    : { reason: 'is not in a bucket that is open to callers (BUCKETS)' };
}
