/** `npm run bench:traces -- --seeds 1-6,101-106`: every promise on any seeds, and how far ours is above what foresight could do. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { list, readSeeds, readTrace } from '../arguments.js';
import { FigureTable } from './figures.js';
import { longPromises, dozen, furtherTraces, promises } from './promises.js';
import { boundRow, boundsHead, waitsHead, waitsRow } from './table.js';

const held = [...promises, ...longPromises];
const usage = `Usage: npm run bench:traces -- [options]
  --seeds LIST       whole numbers and ranges of them (default ${dozen.join(',')})
  --traces LIST      default: all with a promise, and ${furtherTraces.join(', ')}
`;

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}

function main(args: string[]): void {
  const { values } = parseArgs({
    args,
    options: { seeds: { type: 'string', default: dozen.join(',') }, traces: { type: 'string' } },
  });
  const seeds = readSeeds(values.seeds);
  if (seeds.length === 0) throw new Error('no seeds');
  const traces =
    values.traces === undefined
      ? [...held.map(({ trace }) => trace), ...furtherTraces]
      : list(values.traces).map(readTrace);
  const table = new FigureTable();
  process.stdout.write(
    `Means of seeds ${values.seeds}; the wait lasts until useful work begins.\n\n${boundsHead}`,
  );
  for (const { trace, bounds } of held) {
    if (!traces.includes(trace)) continue;
    for (const bound of bounds) process.stdout.write(boundRow(table, trace, bound, seeds));
  }
  process.stdout.write(`\nMean wait, and what a schedule made with foresight needs:\n\n${waitsHead}`);
  for (const trace of traces) process.stdout.write(waitsRow(table, trace, seeds));
}
