/**
 * Which bytes of a file a request asks for (RFC 9110, sections 13 and 14), as a value.
 *
 * Guarantees: preconditions are looked at before the range; a range is honoured only for GET and only while the
 * validator in If-Range still fits; several ranges at once are answered with the whole file, which the RFC allows;
 * `start` and `end` of an answer are inclusive and inside the file.
 */

export interface FileVersion {
  sizeBytes: number;
  /** A strong entity tag with its quotes. */
  etag: string;
  lastModified: Date;
}

/** Of a file: a row that an old or restored database holds may tell any number. */
export const isSize = (bytes: number): boolean => Number.isSafeInteger(bytes) && bytes >= 0;

/** The request headers that decide; absent ones are undefined. */
export interface ConditionalHeaders {
  range?: string | undefined;
  'if-range'?: string | undefined;
  'if-none-match'?: string | undefined;
  'if-modified-since'?: string | undefined;
}

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

export type RangeAnswer =
  | { status: 200; range: undefined }
  | { status: 206; range: ByteRange }
  | { status: 304 }
  | { status: 416 };

type RequestedRange = ByteRange | 'whole' | 'unsatisfiable';

export function decideRange(method: string, headers: ConditionalHeaders, file: FileVersion): RangeAnswer {
  if (isNotModified(headers, file)) return { status: 304 };
  const header = headers.range;
  if (method !== 'GET' || header === undefined || !isRangeCurrent(headers['if-range'], file)) {
    return { status: 200, range: undefined };
  }
  const requested = parseRange(header, file.sizeBytes);
  if (requested === 'unsatisfiable') return { status: 416 };
  return requested === 'whole' ? { status: 200, range: undefined } : { status: 206, range: requested };
}

/** A header that is not one `bytes=` range counts as absent. */
export function parseRange(header: string, sizeBytes: number): RequestedRange {
  const match = /^bytes\s*=\s*(?:(\d+)\s*)?-\s*(?:(\d+)\s*)?$/i.exec(header);
  if (!match) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? 'whole' : suffixRange(Number(last), sizeBytes);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

function suffixRange(lengthBytes: number, sizeBytes: number): RequestedRange {
  if (lengthBytes === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes - 1 };
}

function isNotModified(headers: ConditionalHeaders, file: FileVersion): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined)
    return tags.trim() === '*' || tags.split(',').some((tag) => isSameTag(tag, file.etag));
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && wholeSeconds(file.lastModified) <= since;
}

function isSameTag(candidate: string, etag: string): boolean {
  return candidate.trim().replace(/^W\//, '') === etag;
}

function isRangeCurrent(ifRange: string | undefined, file: FileVersion): boolean {
  if (ifRange === undefined) return true;
  const validator = ifRange.trim();
  return validator === file.etag || Date.parse(validator) === wholeSeconds(file.lastModified);
}

/** HTTP dates have no milliseconds. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
