/** The promises as Markdown: what is promised, what came out, and how far the reference lies below. */
import type { TraceName } from '../traces/index.js';
import type { FigureTable, Figures } from './figures.js';
import type { Bound } from './promises.js';

const titles: Partial<Record<keyof Figures, string>> = {
  waitMeanS: 'mean',
  waitP50S: 'p50',
  waitP99S: 'p99',
  waitMaxS: 'longest',
  switchesPerJob: 'loads a job',
  loadingShare: 'GPU time spent loading',
  makespanS: 'makespan',
  othersP99S: "the others' p99",
  imageMeanS: 'mean of images, s',
  videoP99S: 'p99 of videos, s',
};

export const boundsHead =
  '| trace | figure | against | ours | promised | |\n| --- | --- | --- | ---: | ---: | --- |\n';
export const waitsHead =
  '| trace | SwarmUI rule s | ours s | ours to it | clairvoyant s | ours to it | its p99 s | p99 of ours s |\n' +
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n';

export function boundRow(
  table: FigureTable,
  trace: TraceName,
  bound: Bound,
  seeds: readonly number[],
): string {
  const value = valueOf(table, trace, bound, seeds);
  const against = [bound.of, bound.on].filter((each) => each !== undefined).join(' on ');
  const verdict = value <= bound.atMost ? 'kept' : `missed by ${percent(value / bound.atMost - 1)}`;
  const title = titles[bound.figure] ?? bound.figure;
  return row([trace, title, against, digits(value), String(bound.atMost), verdict]);
}

/** Of ours, against what the bound names. */
export function valueOf(
  table: FigureTable,
  trace: TraceName,
  { figure, of, on = trace }: Bound,
  seeds: readonly number[],
): number {
  const ours = table.of(trace, 'ours', seeds)[figure];
  return of === undefined ? ours : ours / table.of(on, of, seeds)[figure];
}

export function waitsRow(table: FigureTable, trace: TraceName, seeds: readonly number[]): string {
  const swarm = table.of(trace, 'swarmui-like', seeds);
  const ours = table.of(trace, 'ours', seeds);
  const reference = table.of(trace, 'clairvoyant', seeds);
  const means = [swarm.waitMeanS, ours.waitMeanS, ours.waitMeanS / swarm.waitMeanS];
  const above = [reference.waitMeanS, ours.waitMeanS / reference.waitMeanS];
  return row([trace, ...[...means, ...above, reference.waitP99S, ours.waitP99S].map(digits)]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function digits(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
