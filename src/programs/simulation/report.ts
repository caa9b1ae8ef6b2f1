/** The same results for programs (JSON) and for people (a table). */
import type { PolicyResult } from './experiment.js';
import { percentile, type Metrics } from './metrics.js';
import type { Trace } from './trace.js';

export function toJson(trace: string, results: readonly PolicyResult[]): string {
  return JSON.stringify({
    trace,
    results: results.map(({ policy, mean }) => ({
      policy,
      waitMeanS: rounded(mean.waitMeanS, 3),
      waitP50S: rounded(mean.waitP50S, 3),
      waitP95S: rounded(mean.waitP95S, 3),
      waitP99S: rounded(mean.waitP99S, 3),
      waitMaxS: rounded(mean.waitMaxS, 3),
      switchesPerJob: rounded(mean.switchesPerJob, 5),
      loadingShare: rounded(mean.loadingShare, 5),
      utilisation: rounded(mean.utilisation, 5),
      makespanS: rounded(mean.makespanS, 3),
    })),
  });
}

const columns: readonly [title: string, cell: (result: PolicyResult) => string][] = [
  ['policy', ({ policy }) => policy],
  ['mean s', ({ mean }) => mean.waitMeanS.toFixed(0)],
  ['p50 s', ({ mean }) => mean.waitP50S.toFixed(0)],
  ['p95 s', ({ mean }) => mean.waitP95S.toFixed(0)],
  ['p99 s', ({ mean }) => mean.waitP99S.toFixed(0)],
  ['± seeds', ({ runs }) => spread(runs, 'waitP99S').toFixed(0)],
  ['max s', ({ mean }) => mean.waitMaxS.toFixed(0)],
  ['p99 but hog', ({ othersP99S }) => othersP99S.toFixed(0)],
  ['Jain', ({ fairness }) => fairness.toFixed(2)],
  ['end p95 s', ({ mean }) => mean.sojournP95S.toFixed(0)],
  ['loads/job', ({ mean }) => mean.switchesPerJob.toFixed(3)],
  ['loading %', ({ mean }) => (mean.loadingShare * 100).toFixed(2)],
  ['busy %', ({ mean }) => (mean.utilisation * 100).toFixed(1)],
  ['makespan h', ({ mean }) => (mean.makespanS / 3600).toFixed(2)],
];

export function toTable(trace: string, seeds: readonly number[], results: readonly PolicyResult[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...results.map((result) => columns.map(([, cell]) => cell(result))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
  );
  return [
    `${trace}, mean of seeds ${seeds.join(',')}; waits last until useful work begins`,
    ...lines,
    '',
  ].join('\n');
}

/** A Markdown table: p99 wait in seconds by trace and policy. */
export function toSummary(byTrace: ReadonlyMap<string, readonly PolicyResult[]>): string {
  const [first = []] = byTrace.values();
  const rows = [...byTrace].map(([trace, results]) => [
    trace,
    ...results.map(({ mean }) => mean.waitP99S.toFixed(0)),
  ]);
  const lines = [
    ['p99 s', ...first.map(({ policy }) => policy)],
    ['---', ...first.map(() => '---:')],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** How near the simulated waits come to those of a recorded workload; nothing for one that has none. */
export function compareWithRecord({ jobs }: Trace, results: readonly PolicyResult[]): string {
  const waits = jobs
    .flatMap(({ waitMs }) => (waitMs === undefined ? [] : waitMs / 1000))
    .toSorted((a, b) => a - b);
  const ours = results.find(({ policy }) => policy === 'ours')?.mean;
  return waits.length === 0 || !ours ? '' : compareWaits(ours, waits);
}

/** `waits` in seconds, ascending. */
export function compareWaits(
  ours: Pick<Metrics, 'waitMeanS' | 'waitP95S'>,
  waits: readonly number[],
): string {
  const meanS = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  const p95S = percentile(waits, 0.95);
  return `wait of ours, s: mean ${against(ours.waitMeanS, meanS)}; p95 ${against(ours.waitP95S, p95S)}\n`;
}

function against(simulated: number, recorded: number): string {
  return `${simulated.toFixed(2)} simulated, ${recorded.toFixed(2)} recorded (${signed(simulated / recorded - 1)})`;
}

function signed(share: number): string {
  return `${share < 0 ? '' : '+'}${(share * 100).toFixed(1)} %`;
}

function spread(runs: readonly Metrics[], name: keyof Metrics): number {
  const mean = runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  return Math.sqrt(runs.reduce((sum, run) => sum + (run[name] - mean) ** 2, 0) / runs.length);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
