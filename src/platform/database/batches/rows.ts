/**
 * Rows of a batch as the one parameter of a statement: a JSON array, read as a table whose columns are named and typed here. The
 * text of the statement is the same for any number of rows, so that it is prepared once.
 */
export interface RowShape<Columns extends string> {
  /** For a FROM clause; `ord` counts the rows from 0. */
  table: string;
  /** Halves of surrogate pairs are replaced; a NUL character is left for the server to refuse. */
  parameter: (rows: readonly Record<Columns, unknown>[]) => string;
  /** Replaces NUL characters too: for what has to be kept whoever said it. */
  mended: (rows: readonly Record<Columns, unknown>[]) => string;
  /** What `parameter` writes, for who writes it in turns: long texts are JSON of ours, in which no half of a pair is. */
  unwritten: (rows: readonly Record<Columns, unknown>[]) => unknown;
  /** What `mended` writes, in the same way. */
  unwrittenMended: (rows: readonly Record<Columns, unknown>[]) => unknown;
}

/** `columns`: name to PostgreSQL type. Times go as milliseconds (float8), bytes as `bytesText`. */
export function rowsOf<Columns extends string>(
  columns: Readonly<Record<Columns, string>>,
): RowShape<Columns> {
  const typed = Object.entries(columns).map(([name, type]) => `${name} ${String(type)}`);
  return {
    table: `json_to_recordset($1::json) AS w (ord int, ${typed.join(', ')})`,
    parameter: (rows) => textOf(rows, wellFormed),
    unwritten: (rows) => mendedDeep(numberedOf(rows), shortOnly(wellFormed)),
    unwrittenMended: (rows) => mendedDeep(numberedOf(rows), shortOnly(withoutNul)),
    mended: (rows) => textOf(rows, withoutNul),
  };
}

/** In characters. Rows with longer texts are written in turns. */
export const longText = 65_536;

const numberedOf = (rows: readonly object[]): object[] => rows.map((row, ord) => ({ ord, ...row }));

/** UTF-8 has no halves of pairs. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const withoutNul = (text: string): string => wellFormed(text).replaceAll('\0', '\u{FFFD}');
const shortOnly =
  (mend: (text: string) => string) =>
  (text: string): string =>
    text.length > longText ? text : mend(text);

/** Mending is slow, and hardly ever needed. */
function textOf(rows: readonly object[], mend: (text: string) => string): string {
  const numbered = numberedOf(rows);
  const text = JSON.stringify(numbered);
  return /\\u(d[89a-f]|0000)/.test(text) ? JSON.stringify(mendedDeep(numbered, mend)) : text;
}

function mendedDeep(value: unknown, mend: (text: string) => string): unknown {
  if (typeof value === 'string') return mend(value);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  if (Array.isArray(value)) return value.map((each) => mendedDeep(each, mend));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [mend(key), mendedDeep(each, mend)]));
}

/** Bytes for a column of type bytea. */
export const bytesText = (bytes: Buffer | null): string | null => bytes && `\\x${bytes.toString('hex')}`;
