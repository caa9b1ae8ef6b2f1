/** `GET /jobs`: the contract's cursor and label filters, and the older proxy's `status` list. */
import { ApiError } from './errors.js';
import { type ApiStatus, statesOf } from './status.js';

export interface ListQuery {
  limit: number;
  cursor: string | undefined;
  statuses: ApiStatus[] | undefined;
  labels: Record<string, string> | undefined;
}

const limitMax = 100;
const limitDefault = 50;
const filtersMax = 3;
const labelParameter = /^metadata\[([A-Za-z0-9_.-]{1,40})\]$/;

/** `raw` as the query string was parsed. Throws ApiError. */
export function readListQuery(raw: Record<string, unknown>): ListQuery {
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (!name.startsWith('metadata')) continue;
    const key = labelParameter.exec(name)?.[1];
    if (key === undefined || typeof value !== 'string')
      throw new ApiError(
        'invalid_metadata_filter',
        'A filter is written metadata[key]=value, once for a key.',
      );
    labels[key] = value;
  }
  if (Object.keys(labels).length > filtersMax)
    throw new ApiError('invalid_metadata_filter', `At most ${filtersMax} filters are allowed.`);
  return {
    limit: readLimit(raw['limit']),
    cursor: readCursor(raw['cursor']),
    statuses: readStatuses(raw['status']),
    labels: Object.keys(labels).length === 0 ? undefined : labels,
  };
}

function readLimit(raw: unknown): number {
  if (raw === undefined) return limitDefault;
  if (typeof raw !== 'string' || !/^\d{1,6}$/.test(raw) || Number(raw) < 1)
    throw new ApiError('invalid_request', `limit must be a whole number from 1 to ${limitMax}.`);
  return Math.min(limitMax, Number(raw));
}

function readCursor(raw: unknown): string | undefined {
  if (raw === undefined || raw === '') return undefined;
  if (typeof raw === 'string' && raw.length <= 200) return raw;
  throw new ApiError('invalid_cursor', 'The cursor is not one that this server gave.');
}

function readStatuses(raw: unknown): ApiStatus[] | undefined {
  if (raw === undefined || raw === '') return undefined;
  const names = typeof raw === 'string' ? raw.split(',', 20).map((name) => name.trim()) : [];
  if (names.length === 0 || !names.every((name): name is ApiStatus => Object.hasOwn(statesOf, name)))
    throw new ApiError('invalid_request', `status must be a list of ${Object.keys(statesOf).join(', ')}.`);
  return names;
}
