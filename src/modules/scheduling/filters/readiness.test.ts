import { expect, it } from 'vitest';
import type { Refusal } from '../types.js';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { readiness } from './readiness.js';

it('repeats what the nodes module found', () => {
  const refusal: Refusal = { filter: 'choices', detail: 'KSampler.sampler_name euler_x' };
  expect(readiness({ n: refusal }, 'n')).toEqual(refusal);
  expect(readiness({ n: refusal }, 'other')).toBeUndefined();
});

it('a refused node gets the class again once the refusal is withdrawn', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  bench.lack('a', 'n');
  expect(bench.queue(queuedJob({ id: 'j', classId: 'a' }))).toEqual({});
  const [placed] = bench.send({ kind: 'readiness', classId: 'a', refusals: {} });
  expect(placed).toMatchObject({ jobId: 'j', nodeId: 'n' });
});
