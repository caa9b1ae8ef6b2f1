/**
 * Jobs by a text: the beginning of the id, or a part of tenant, workflow, label or error, upper and lower case alike. Ids are found by
 * their index. The rest is looked at newest first, five thousand jobs in one question: a caller goes on from where it ended.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { currentReach, ownedBy } from '../../../access/index.js';
import type { RecordHalf } from '../record-halves.js';
import { isWanted, type JobFilter, type JobPlace, wantedValues } from './job-filter.sql.js';

export const searchedAtOnceMax = 5_000;
/** Shorter ones are looked for in all texts: every name of the hexadecimal letters would be an id. */
const idLengthMin = 8;

export interface Search extends JobFilter {
  search: string;
}

export interface Found {
  places: JobPlace[];
  /** Where older jobs are to be looked at; null where there are none. */
  next: JobPlace | null;
}

interface Row extends JobPlace {
  /** False of the last job that was looked at, where older ones are left. */
  isFound: boolean;
}

const has = (text: string): string => `strpos(lower(${text}), lower($13)) > 0`;
/** Labels and errors are told to who may see them alone, and so found by them alone. */
const hit = `${has('tenant_id')} OR ${has('workflow')} OR starts_with(id::text, lower($13)) OR (${ownedBy('s', 14)} AND (
  ${has(`error ->> 'code'`)} OR ${has(`error ->> 'message'`)} OR EXISTS (SELECT FROM jsonb_each_text(CASE WHEN jsonb_typeof(labels) = 'object' THEN labels END) l WHERE ${has(`l.key || '=' || l.value`)})))`;

const searchIn = (half: RecordHalf, name: string): string => `${name} AS MATERIALIZED (
    SELECT id, created_at, (${hit}) AS hit FROM (
      SELECT j.id, j.created_at, j.tenant_id, j.workflow, j.labels, j.error FROM ${half}job j WHERE ${isWanted}
      ORDER BY j.created_at DESC, j.id DESC LIMIT ${searchedAtOnceMax}) s)`;
const foundIn = (name: string): string => `
  (SELECT id, created_at AS "createdAt", TRUE AS "isFound" FROM ${name} WHERE hit ORDER BY created_at DESC, id DESC LIMIT $5)
  UNION ALL (SELECT id, created_at, FALSE FROM ${name} WHERE (SELECT count(*) FROM ${name}) = ${searchedAtOnceMax} ORDER BY created_at, id LIMIT 1)`;
const byText = `WITH ${searchIn('', 'live')}, ${searchIn('archive.', 'old')} ${foundIn('live')} UNION ALL ${foundIn('old')}`;

const idsIn = (half: RecordHalf): string => `
  (SELECT id, created_at AS "createdAt", TRUE AS "isFound" FROM ${half}job j WHERE ${isWanted} AND j.id BETWEEN $13::uuid AND $14::uuid
   ORDER BY created_at DESC, id DESC LIMIT $5)`;
const byId = `${idsIn('')} UNION ALL ${idsIn('archive.')}`;

@Injectable()
export class JobSearch {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Newest first; `node` is not looked at here. */
  async find({ search, ...filter }: Search): Promise<Found> {
    const shared = wantedValues(filter);
    const ids = idRange(search);
    const { rows } = ids
      ? await this.pool.query<Row>(byId, [...shared, ...ids])
      : await this.pool.query<Row>(byText, [...shared, search, ...currentReach('content')]);
    return foundOf(rows, filter.limit);
  }
}

/** Of both halves: nothing is told that lies behind the place up to which both were looked at. */
export function foundOf(rows: readonly Row[], limit: number): Found {
  const [end = null] = rows.filter(({ isFound }) => !isFound).toSorted(newestFirst);
  const seen = new Map(
    rows.filter(({ isFound }) => isFound).map(({ id, createdAt }) => [id, { id, createdAt }]),
  );
  const places = [...seen.values()]
    .filter((place) => end === null || newestFirst(place, end) <= 0)
    .toSorted(newestFirst)
    .slice(0, limit);
  const last = places.length === limit ? places.at(-1) : undefined;
  return { places, next: last ?? (end && { id: end.id, createdAt: end.createdAt }) };
}

const newestFirst = (one: JobPlace, other: JobPlace): number =>
  other.createdAt.getTime() - one.createdAt.getTime() ||
  Number(one.id < other.id) - Number(one.id > other.id);

/** The first and last id that begin so; undefined for what is no beginning of one. */
export function idRange(text: string): [string, string] | undefined {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (digits.length < idLengthMin || !/^[0-9a-f]{1,32}$/.test(digits)) return undefined;
  return [digits.padEnd(32, '0'), digits.padEnd(32, 'f')];
}
