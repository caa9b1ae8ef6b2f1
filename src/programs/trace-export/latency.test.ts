import { expect, it } from 'vitest';
import { LatencyMeter } from './latency.js';
import type { MeasuredRun } from './measured-run.js';

function run(fields: Partial<MeasuredRun>): MeasuredRun {
  const job = { classId: 1, tenantId: 't', priority: 0, workUnits: 1, setUpMs: 0 };
  return {
    ...job,
    nodeId: 'n',
    submittedMs: 0,
    placedMs: 0,
    startedMs: 0,
    runMs: 1_000,
    slot: 0,
    heldMs: 0,
    ...fields,
  };
}

it('an order takes from the placement to the start; the rest of the gap behind a run is the signal', () => {
  const meter = new LatencyMeter();
  meter.observe(run({ placedMs: 100, startedMs: 120 }));
  meter.observe(run({ placedMs: 1_150, startedMs: 1_170 }));
  meter.observe(run({ placedMs: 2_000, startedMs: 2_175, slot: 1 }));
  expect(meter.read()).toEqual({ signalMs: 30, orderMs: 20, turnoverMs: 5 });
});

it('a node that idled because nothing waited, or because the job was held, tells nothing of the signal', () => {
  const meter = new LatencyMeter();
  meter.observe(run({ startedMs: 20 }));
  meter.observe(run({ submittedMs: 5_000, placedMs: 5_000, startedMs: 5_020 }));
  meter.observe(run({ placedMs: 9_000, startedMs: 9_020, heldMs: 2_980 }));
  expect(meter.read()).toBeUndefined();
});
