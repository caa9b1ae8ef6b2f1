/** Columns of a job that no type guards. What an old or restored row has in another shape is read as nothing: its job can still be read, listed and ended. */
import { isRecord } from '../../workflows/index.js';
import type { DeliverWish } from './submit/new-job.js';

export interface JobError {
  code: string;
  message: string;
  details?: unknown;
}

/** Behind what any clock of the queue says. */
const lastKey = 1e15;

/** NaN comes last, where PostgreSQL sorts it. */
export const keyIn = (key: number): number =>
  Number.isFinite(key) ? key : key === -Infinity ? -lastKey : lastKey;

export const labelsIn = (value: unknown): Record<string, string> | null =>
  isRecord(value) && Object.values(value).every((one) => typeof one === 'string')
    ? (value as Record<string, string>)
    : null;

export const errorIn = (value: unknown): JobError | null =>
  isRecord(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string'
    ? (value as unknown as JobError)
    : null;

export const deliverIn = (value: unknown): DeliverWish | null =>
  isRecord(value) && (typeof value['to'] === 'string' || isTexts(value['https_put'])) ? value : null;

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** Where its files stand. */
export const assetsIn = <Place extends { node: string; field: string; sha256: string }>(
  value: readonly Place[],
): Place[] => (Array.isArray(value) ? value.filter(isPlace) : []);

interface AttemptRow {
  /** What the scheduler wrote down of a placement. */
  nodeVersion: unknown;
  othersAway: unknown;
  /** By the database's clock, when it was read. */
  ageMs: number;
}

/** How long ago an attempt was made, in milliseconds, by no wall clock. */
export const ageMsOf = ({ madeMs }: { madeMs: number }): number => performance.now() - madeMs;

export const attemptIn = <Row extends AttemptRow>(row: Row): Row & { madeMs: number } => ({
  ...row,
  madeMs: performance.now() - row.ageMs,
  nodeVersion: Number.isSafeInteger(row.nodeVersion) ? row.nodeVersion : null,
  othersAway: row.othersAway === true,
});

/** A list in a column may hold nulls. */
export const textsIn = (values: readonly (string | null)[]): string[] =>
  values.filter((value) => value !== null);

const isPlace = (value: unknown): boolean =>
  isRecord(value) && [value['node'], value['field'], value['sha256']].every((one) => typeof one === 'string');
