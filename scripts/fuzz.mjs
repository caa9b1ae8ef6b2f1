// npm run fuzz -- [--minutes 5] [--seed S] [--replicas 1]: strangers at both ports, nodes that lie and odd results, at once; exits
// non-zero when the process ended, /livez took more than a second, a job has not ended, memory is not back within a fifth of what it
// was, or a row cannot be read at a new start.
import { argv, env, execPath } from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    replicas: { type: 'string', default: '1' },
  },
});

env.FUZZ = JSON.stringify({
  forMs: Number(values.minutes) * 60_000,
  seed: Number(values.seed),
  replicas: Number(values.replicas),
  drainMs: 300_000,
});
argv.splice(
  0,
  argv.length,
  execPath,
  'test.mjs',
  '--project',
  'system',
  '--disableConsoleIntercept=true',
  'test/integration/robustness/fuzz.test.ts',
);
await import('./test.mjs');
