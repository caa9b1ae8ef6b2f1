/** Rows in columns, as wide as the terminal; what a program reads gets tabs instead. Pure. */
import { safe } from './safe-text.js';

export interface Column<Row> {
  title: string;
  of: (row: Row) => unknown;
}

const cellLengthMax = 60;
const gap = '  ';

/** Lines without their ends. */
export function tableOf<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  widthMax: number,
): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ of }) => safe(of(row)))),
  ];
  const widths = columns.map((_column, at) =>
    Math.min(cellLengthMax, Math.max(...cells.map((line) => line[at]!.length))),
  );
  return cells.map((line) =>
    cut(
      line
        .map((cell, at) => cut(cell, widths[at]!).padEnd(widths[at]!))
        .join(gap)
        .trimEnd(),
      widthMax,
    ),
  );
}

/** `name  value` lines. */
export function pairsOf(pairs: readonly (readonly [name: string, value: unknown])[]): string[] {
  const told = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(0, ...told.map(([name]) => name.length));
  return told.map(([name, value]) => `${name.padEnd(width)}${gap}${safe(value)}`);
}

const cut = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, Math.max(0, lengthMax - 1))}…`;

/** `3 min 5 s`, from seconds. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

export function age(time: string | null | undefined, nowMs: number): string {
  return time ? duration((nowMs - Date.parse(time)) / 1_000) : '';
}
