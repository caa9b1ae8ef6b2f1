/** What tenants have used, for whoever charges or plans. */
import type { Command } from 'commander';
import type { UsageRow } from '../../api/shapes.js';
import { action, type Context, given } from '../../context.js';
import { safe } from '../../terminal/safe-text.js';
import { tableOf } from '../../terminal/table.js';

interface Options {
  by: string;
  from?: string;
  to?: string;
  tenant?: string;
  workflow?: string;
  csv?: boolean;
}

export function addUsage(program: Command): void {
  program
    .command('usage')
    .summary('jobs, GPU seconds and bytes by tenant, workflow and day')
    .description('Tells what tenants have used: jobs that ended, runs, GPU seconds and bytes. Days are UTC.')
    .option('--by <groups>', 'what is told apart: tenant, workflow, day', 'tenant')
    .option('--from <day>', 'the first day, 2027-01-31; a month before the last one')
    .option('--to <day>', 'the last day; today')
    .option('--tenant <id>', 'of this tenant alone')
    .option('--workflow <name>', 'of this workflow alone')
    .option('--csv', 'as a table for other programs')
    .action(action(usage));
}

async function usage({ api, screen }: Context, options: Options): Promise<void> {
  const { by, from, to, tenant, workflow, csv = false } = options;
  const format = csv ? 'csv' : 'json';
  const query = new URLSearchParams({ by, format, ...given({ from, to, tenant, workflow }) });
  const answer = await api.send(`v1/usage?${query.toString()}`);
  if (csv) return screen.lines((await answer.text()).trimEnd().split('\r\n').map(safe));
  const { usage: rows } = (await answer.json()) as { usage: UsageRow[] };
  if (screen.isJson) return screen.json(rows);
  const groups = by.split(',').map((group) => ({
    title: group.toUpperCase(),
    of: (row: UsageRow) => row[group as 'tenant' | 'workflow' | 'day'] ?? '-',
  }));
  const figures = [
    { title: 'JOBS', of: ({ jobs }: UsageRow) => jobs },
    { title: 'RUNS', of: ({ runs }: UsageRow) => runs },
    { title: 'GPU SECONDS', of: ({ gpu_seconds: seconds }: UsageRow) => seconds.toFixed(1) },
    { title: 'IN', of: ({ input_bytes: bytes }: UsageRow) => megabytes(bytes) },
    { title: 'OUT', of: ({ output_bytes: bytes }: UsageRow) => megabytes(bytes) },
  ];
  screen.lines(tableOf(rows, [...groups, ...figures], screen.columns));
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
