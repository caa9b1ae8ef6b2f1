/** `npm run fuzz -- --minutes N --seed S` runs this file for longer; without flags it is the short share of every test run. */
import { expect, it } from 'vitest';
import { fuzz, type FuzzOptions } from '../../fuzz/run.js';

const given = JSON.parse(process.env['FUZZ'] ?? '{}') as Partial<FuzzOptions>;
const options: FuzzOptions = {
  seed: Date.now() % 1_000_000,
  forMs: 10_000,
  replicas: 1,
  drainMs: 150_000,
  ...given,
};

it(
  `no input ends the service, holds it up or leaves a job behind (seed ${options.seed})`,
  async () => {
    const report = await fuzz(options, (line) => console.log(line));
    console.log(JSON.stringify(report));
    expect(report.faults, `seed ${options.seed}`).toEqual([]);
    expect(report.jobs).toBeGreaterThan(0);
  },
  options.forMs + options.drainMs + 400_000,
);
