/**
 * Times of the database as this service has them. A column may hold what no clock says: `infinity`, a year before the first or behind the
 * 9999th, as a restored database or a wrong clock leaves them. They come out as the first or last time that every format can write, and
 * a span between two is bounded: PostgreSQL before 17 refuses the whole statement that takes one infinite time from another.
 */
import pg from 'pg';

const first = new Date('0001-01-01T00:00:00.000Z');
const last = new Date('9999-12-31T23:59:59.999Z');
/** 317 years: added to any time of ours, it leaves one that has four digits of year. */
const spanMaxMs = '1e13';

const withZone: number = pg.types.builtins.TIMESTAMPTZ;
const parseWithZone = pg.types.getTypeParser(withZone, 'text') as (text: string) => Date | number;

/** For a pool: as `pg` reads them, but for times. */
export const timeTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === withZone && format !== ('binary' as string)
      ? timeOf
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/** Of a text as PostgreSQL writes a time. */
export function timeOf(text: string): Date {
  const time = parseWithZone(text);
  if (time < first) return first;
  return time > last ? last : (time as Date);
}

/** A place in a list by time, for a statement: what lies before the first time lies at one place, or a page would begin with it again. */
export const placeOfTime = (time: Date): Date | string => (time <= first ? '-infinity' : time);

/** SQL of the milliseconds from one time to another; null where one of them is. */
export const msBetween = (from: string, to: string): string =>
  `(CASE WHEN ${from} IS NOT NULL AND ${to} IS NOT NULL THEN GREATEST(-${spanMaxMs},
    LEAST(${spanMaxMs}, (extract(epoch FROM ${to}) - extract(epoch FROM ${from})) * 1000)) END)::float8`;

/** SQL of a version behind this one. Behind the last of all comes the first again: a row that cannot move would keep its place for ever. */
export const nextVersion = (version: string): string => `${version} % 2147483647 + 1`;

/** SQL of a `bigint` for a sum in `numeric` that may be beyond its end: one row at the end of its type would fail the whole statement. */
export const bigintOf = (sum: string): string => `LEAST(9223372036854775807, ${sum})::bigint`;

/** SQL of a number as it is, or of another one where it is none: NaN and infinity spread through all that they are added to. */
export const finiteOr = (number: string, other: string): string =>
  `CASE WHEN ${number} > '-Infinity'::float8 AND ${number} < 'Infinity'::float8 THEN ${number} ELSE ${other} END`;
