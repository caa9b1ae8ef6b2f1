import type { BigIntStats } from 'node:fs';
import type { Reply, Request } from './message.js';

/** A file as aiohttp streams it: `ETag`, `Last-Modified`, one byte range (206, 416), conditional requests (304). */
export function fileReply(
  request: Request,
  path: string,
  stats: BigIntStats,
  headers: Record<string, string>,
): Reply {
  const size = Number(stats.size);
  const etag = `"${stats.mtimeNs.toString(16)}-${stats.size.toString(16)}"`;
  const modified = new Date(Math.floor(Number(stats.mtimeMs) / 1000) * 1000);
  const common = {
    ...headers,
    ETag: etag,
    'Last-Modified': modified.toUTCString(),
    'Accept-Ranges': 'bytes',
  };
  if (isUnchanged(request, etag, modified))
    return { status: 304, headers: { ETag: etag, 'Last-Modified': modified.toUTCString() } };
  const range = rangeApplies(request, etag, modified) ? request.headers.range : undefined;
  if (range === undefined) return { status: 200, headers: common, file: { path, start: 0, end: size - 1 } };
  const span = parseRange(range, size);
  if (span === undefined) return { status: 416, headers: { ...common, 'Content-Range': `bytes */${size}` } };
  return {
    status: 206,
    headers: { ...common, 'Content-Range': `bytes ${span.start}-${span.end}/${size}` },
    file: { path, ...span },
  };
}

function isUnchanged({ headers }: Request, etag: string, modified: Date): boolean {
  const match = headers['if-none-match'];
  if (match !== undefined)
    return match === '*' || match.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  const since = headers['if-modified-since'];
  return since !== undefined && modified.getTime() <= Date.parse(since);
}

function rangeApplies({ headers }: Request, etag: string, modified: Date): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  return typeof condition === 'string' && (condition === etag || Date.parse(condition) >= modified.getTime());
}

/** `bytes=a-b`, `a-`, `-n`; undefined when it lies outside the file. */
function parseRange(range: string, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '')
    return size === 0 ? undefined : { start: Math.max(0, size - Number(match[2])), end: size - 1 };
  const start = Number(match[1]);
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start <= end ? { start, end } : undefined;
}
