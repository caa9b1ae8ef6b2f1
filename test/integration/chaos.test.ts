/**
 * `npm run test:chaos -- --rounds N --seed S` runs this file for longer; without flags it is the short run that belongs to
 * every test run. A seed replays the schedule of faults, not the interleaving that the machine makes of it.
 */
import { expect, it } from 'vitest';
import { type ChaosOptions, runChaos } from '../chaos/run.js';

const given = JSON.parse(process.env['CHAOS'] ?? '{}') as Partial<ChaosOptions>;
const options: ChaosOptions = {
  seed: Date.now() % 1_000_000,
  rounds: 4,
  roundMs: 3000,
  replicas: 3,
  nodes: 4,
  brief: process.env['CHAOS'] === undefined,
  maxMs: 20_000,
  drainMs: 60_000,
  ownTimings: false,
  logDir: undefined,
  ...given,
};

it(
  'loses nothing, runs nothing twice unlawfully and ends every job, whatever dies',
  async () => {
    const { clean, table, verdict } = await runChaos(options, (line) => console.log(line));
    expect(clean, table).toBe(true);
    expect(verdict.submitted).toBeGreaterThan(0);
  },
  options.maxMs + options.drainMs + 120_000,
);
