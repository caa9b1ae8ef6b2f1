/** `npm run simulate`: compares policies on a workload; equal arguments give equal bytes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { readArguments, usage, type Arguments } from './arguments.js';
import { runExperiment, type PolicyResult } from './experiment.js';
import { toSvg } from './plot.js';
import { parseRecorded } from './recorded.js';
import { compareWithRecord, toJson, toSummary, toTable } from './report.js';
import type { Trace } from './trace.js';
import { makeTrace } from './traces/index.js';

try {
  main(readArguments(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}

interface Workload {
  name: string;
  trace: (seed: number) => Trace;
}

function main(args: Arguments): void {
  const summary = new Map<string, PolicyResult[]>();
  for (const workload of workloadsOf(args.workload)) summary.set(workload.name, compare(workload, args));
  if (summary.size > 1 && !args.json) process.stdout.write(`\n${toSummary(summary)}`);
}

function compare({ name, trace }: Workload, args: Arguments): PolicyResult[] {
  const { seeds, policies, switches } = args;
  const results = runExperiment({ trace, seeds, policies, switches });
  if (args.json) {
    process.stdout.write(`${toJson(name, results)}\n`);
    return results;
  }
  const plotPath = args.plotPath ?? `.data/simulation-${name}.svg`;
  mkdirSync(dirname(plotPath), { recursive: true });
  writeFileSync(plotPath, toSvg(name, results));
  const record = args.workload.kind === 'file' ? compareWithRecord(trace(0), results) : '';
  process.stdout.write(`${toTable(name, seeds, results)}${record}plot: ${plotPath}\n`);
  return results;
}

function workloadsOf(workload: Arguments['workload']): Workload[] {
  if (workload.kind === 'traces')
    return workload.names.map((name) => ({ name, trace: (seed) => makeTrace(name, seed) }));
  const name = basename(workload.path);
  const recorded = parseRecorded(name, readFileSync(workload.path, 'utf8'));
  return [{ name, trace: () => recorded }];
}
