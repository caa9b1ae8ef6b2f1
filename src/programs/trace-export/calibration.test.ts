import { expect, it } from 'vitest';
import { Calibration } from './calibration.js';
import type { MeasuredRun } from './measured-run.js';

const sizes: Record<string, number> = { a: 12e9, b: 12e9, vae: 4e9 };
const calibration = () => new Calibration({ sizeBytes: (model) => sizes[model]!, vramBytes: () => 24e9 });

function run(nodeId: string, runMs: number, setUpMs: number | null, workUnits = 1): MeasuredRun {
  const times = { submittedMs: 0, placedMs: 0, startedMs: 0, slot: 0, heldMs: 0 };
  const job = { classId: 1, tenantId: 't', priority: 0, ...times };
  return { ...job, nodeId, runMs, setUpMs, workUnits };
}
const image = { profileId: 'image', models: ['a', 'vae'] };
const video = { profileId: 'video', models: ['b', 'vae'] };

it('tells the speed of nodes that never ran the same profile, by way of a third', () => {
  const seen = calibration();
  const observe = (nodeId: string, profileId: string, runMs: number) =>
    seen.observe(run(nodeId, runMs, 0), { profileId, models: [] });
  observe('fast', 'image', 1_000);
  observe('middle', 'image', 2_000);
  observe('middle', 'video', 40_000);
  observe('slow', 'video', 80_000);
  const speeds = seen.speeds();
  expect(speeds.get('fast')).toBe(1);
  expect(speeds.get('middle')).toBeCloseTo(0.5, 2);
  expect(speeds.get('slow')).toBeCloseTo(0.25, 2);
});

it('shares a load, by size, among the models that the node did not hold', () => {
  const seen = calibration();
  seen.observe(run('n', 50_000, 16_000), image);
  seen.observe(run('n', 50_000, 30_000), video);
  const { loadMs } = seen.loads();
  expect(['a', 'vae', 'b'].map((model) => Math.round(loadMs.get(model)!))).toEqual([12_000, 4_000, 30_000]);
});

it('forgets what no longer fits: a model that comes back is loaded again', () => {
  const seen = calibration();
  seen.observe(run('n', 50_000, 16_000), image);
  seen.observe(run('n', 50_000, 30_000), video);
  seen.observe(run('n', 50_000, 20_000), image);
  expect(seen.loads().loadMs.get('a')! / 18_000).toBeCloseTo(1, 1);
});

it('does not take a cold run whose load nobody measured for a warm one', () => {
  const seen = calibration();
  seen.observe(run('n', 90_000, null), image);
  expect(seen.warmMs('image', 'n', 1)).toBeUndefined();
  seen.observe(run('n', 10_000, null), image);
  expect(seen.warmMs('image', 'n', 3)).toBeCloseTo(30_000);
  expect(seen.warmMs('image', 'elsewhere', 1)).toBeCloseTo(10_000);
  expect(seen.loads().loadMs.get('a')).toBeUndefined();
});
