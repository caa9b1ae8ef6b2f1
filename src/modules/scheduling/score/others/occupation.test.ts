import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../../test/scheduling/builders.js';
import { occupationS } from './occupation.js';

/** `n` holds what images and videos need; images have come at this rate for long, and a load of their model takes 20 s. */
function asked(perMinute: number): Bench {
  const bench = new Bench().classes(classSpec({ id: 'image' }), classSpec({ id: 'video' }));
  bench.send({ kind: 'models', sizesBytes: { image: 30e9, video: 30e9 } });
  bench.send({ kind: 'node', node: nodeSpec({ id: 'n', vramBytes: 60e9 }), resident: ['image', 'video'] });
  const model = bench.state.models[bench.state.modelByName.get('image')!]!;
  Object.assign(model, { ratePerS: perMinute / 60, rateAtMs: bench.nowMs });
  return bench;
}

/** Of a job that waits for a node that is neither. */
function occupation(bench: Bench, classId: string, runS: number): number {
  bench.lack(classId, 'n', 'other');
  bench.queue(queuedJob({ id: 'j', classId, workUnits: runS }));
  return now(bench, classId);
}

function now({ state }: Bench, classId: string): number {
  const cls = state.classById.get(classId)!;
  return occupationS(state, cls.window[0]!, cls, state.nodeById.get('n')!);
}

it('is the load that who comes meanwhile would need, less the time until the next one comes', () => {
  expect(occupation(asked(6), 'video', 600)).toBeCloseTo(20 - 10);
});

it('of a short run only its end is waited for', () => {
  expect(occupation(asked(60), 'video', 4)).toBeCloseTo(4 * (1 - Math.exp(-4)) - 1);
});

it('counts only as far as their runs are shorter', () => {
  const bench = asked(60);
  const model = bench.state.models[bench.state.modelByName.get('image')!]!;
  bench.queue(queuedJob({ id: 'image', classId: 'image', workUnits: 150 }));
  bench.end('n', 'image', 150_000);
  expect(model.runS).toBeCloseTo(150);
  Object.assign(model, { ratePerS: 1, rateAtMs: bench.nowMs });
  expect(occupation(bench, 'video', 600)).toBeCloseTo(20 * 0.75 - 1);
});

it('is nothing where jobs come seldom, or need the same', () => {
  expect(occupation(asked(0), 'video', 600)).toBe(0);
  expect(occupation(asked(2), 'video', 600)).toBe(0);
  expect(occupation(asked(6), 'image', 600)).toBe(0);
});

it('is nothing while another node that holds it is free', () => {
  const bench = asked(6);
  const other = nodeSpec({ id: 'other', vramBytes: 60e9 });
  bench.send({ kind: 'node', node: other, resident: ['image'] });
  expect(occupation(bench, 'video', 600)).toBe(0);
  bench.send({ kind: 'node', node: { ...other, accepts: false } });
  expect(now(bench, 'video')).toBeCloseTo(10);
});

it('counts free copies anew when nodes are used, forget, and go', () => {
  const bench = asked(6);
  const copies = (): number => bench.state.models[bench.state.modelByName.get('image')!]!.freeCopies;
  expect(copies()).toBe(1);
  bench.queue(queuedJob({ id: 'running', classId: 'video', workUnits: 600 }));
  expect(copies()).toBe(0);
  bench.end('n', 'running');
  expect(copies()).toBe(1);
  bench.send({ kind: 'residency-void', nodeId: 'n' });
  expect(copies()).toBe(0);
  bench.queue(queuedJob({ id: 'image', classId: 'image', workUnits: 5 }));
  bench.end('n', 'image');
  expect(copies()).toBe(1);
  bench.send({ kind: 'node-removed', nodeId: 'n' });
  expect(copies()).toBe(0);
});
