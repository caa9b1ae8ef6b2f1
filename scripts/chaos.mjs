// npm run test:chaos -- [--rounds 200] [--seed S] [--replicas 3] [--nodes 4] [--minutes M] [--round-ms 3000]
//   [--own-timings] [--logs folder]: replicas, nodes and database die in every way while jobs are submitted; prints a table, and
// exits non-zero when a job is lost, run twice without a lawful reason, or left unended.
import { argv, env, execPath } from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    replicas: { type: 'string', default: '3' },
    nodes: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '120' },
    'round-ms': { type: 'string', default: '3000' },
    'own-timings': { type: 'boolean', default: false },
    logs: { type: 'string' },
  },
});

env.CHAOS = JSON.stringify({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  replicas: Number(values.replicas),
  nodes: Number(values.nodes),
  maxMs: Number(values.minutes) * 60_000,
  roundMs: Number(values['round-ms']),
  drainMs: 600_000,
  ownTimings: values['own-timings'],
  ...(values.logs !== undefined && { logDir: values.logs }),
});
argv.splice(
  0,
  argv.length,
  execPath,
  'test.mjs',
  '--project',
  'system',
  '--disableConsoleIntercept=true',
  'test/integration/chaos.test.ts',
);
await import('./test.mjs');
