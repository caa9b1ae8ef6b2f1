import { expect, it } from 'vitest';
import { parseRecorded } from '../simulation/recorded.js';
import { Calibration } from './calibration.js';
import { JobLines, nodeLine } from './lines.js';

const cls = { profileId: 'image', models: ['a'] };
const run = {
  nodeId: 'slow',
  classId: 1,
  tenantId: 'Alice & Sons',
  priority: -7,
  submittedMs: 1_000_000,
  placedMs: 1_004_000,
  startedMs: 1_005_000,
  slot: 0,
  heldMs: 0,
  workUnits: 2,
  runMs: 50_000,
  setUpMs: 30_000,
};

it('a job waits until its models are loaded, and takes at speed 1 what its node took times the speed of it', () => {
  const calibration = new Calibration({ sizeBytes: () => 1, vramBytes: () => 10 });
  const jobs = new JobLines(calibration, new Map([['slow', 0.5]]), 900_000);
  const first = jobs.next(run, cls);
  expect(first).toMatchObject({ arrivalMs: 100_000, waitMs: 35_000, baseMs: 10_000, priority: 0 });
  const lines = [
    nodeLine(
      { id: 'slow', gpuClass: 'g', vramBytes: 10, models: ['a'] },
      { speeds: new Map([['slow', 0.5]]), loadSlowness: new Map([['slow', 4]]) },
    ),
    { kind: 'model', name: 'a', sizeBytes: 1, loadMs: 30_000 },
    first,
    jobs.next({ ...run, tenantId: 'Bob' }, cls),
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  expect(text).not.toMatch(/Alice|Bob/);
  const { jobs: read, nodes } = parseRecorded('file', text);
  expect(read.map(({ tenantId }) => tenantId)).toEqual(['tenant-1', 'tenant-2']);
  expect(nodes[0]).toMatchObject({ speed: 0.5, loadSlowness: 4 });
});

it('a cold run whose load nobody measured counts as long as the warm ones of its kind', () => {
  const calibration = new Calibration({ sizeBytes: () => 1, vramBytes: () => 10 });
  const unmeasured = { ...run, setUpMs: null };
  calibration.observe(unmeasured, cls);
  calibration.observe({ ...unmeasured, runMs: 20_000 }, cls);
  const line = new JobLines(calibration, new Map(), 0).next(unmeasured, cls);
  expect(line.baseMs).toBeCloseTo(20_000);
  expect(line.waitMs).toBeCloseTo(5_000 + 30_000);
});
