/** Usage as RFC 4180 has tables, with the columns that were asked for. */
import type { UsageGroup } from '../../../modules/jobs/index.js';
import type { UsageDocument } from './usage.schemas.js';

const figures = ['jobs', 'runs', 'gpu_seconds', 'input_bytes', 'output_bytes'] as const;

export function csvOf(by: readonly UsageGroup[], { usage }: UsageDocument): string {
  const columns = [...by, ...figures];
  const lines = usage.map((row) => columns.map((column) => cellOf(row[column] ?? '')));
  return [columns, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** A spreadsheet takes what begins like this for a formula, and names are their makers'. */
const formula = /^[=+\-@\t\r]/;

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
