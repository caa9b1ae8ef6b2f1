/** `npm run simulate`: compares policies on a workload; equal arguments give equal bytes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { readArguments, usage, type Arguments } from './arguments.js';
import { runExperiment } from './experiment.js';
import { toSvg } from './plot.js';
import { parseRecorded } from './recorded.js';
import { compareWithRecord, toJson, toTable } from './report.js';
import type { Trace } from './trace.js';
import { makeTrace } from './traces/index.js';

try {
  main(readArguments(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}

function main(args: Arguments): void {
  const { seeds, policies, switches } = args;
  const { name, trace } = workloadOf(args.workload);
  const results = runExperiment({ trace, seeds, policies, switches });
  if (args.json) {
    process.stdout.write(`${toJson(name, results)}\n`);
    return;
  }
  const plotPath = args.plotPath ?? `.data/simulation-${name}.svg`;
  mkdirSync(dirname(plotPath), { recursive: true });
  writeFileSync(plotPath, toSvg(name, results));
  process.stdout.write(
    `${toTable(name, seeds, results)}${compareWithRecord(trace(0), results)}plot: ${plotPath}\n`,
  );
}

function workloadOf(workload: Arguments['workload']): { name: string; trace: (seed: number) => Trace } {
  if (workload.kind === 'trace')
    return { name: workload.name, trace: (seed) => makeTrace(workload.name, seed) };
  const name = basename(workload.path);
  const recorded = parseRecorded(name, readFileSync(workload.path, 'utf8'));
  return { name, trace: () => recorded };
}
