import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { readiness } from './readiness.js';

it('repeats what the nodes module found', () => {
  expect(readiness({ n: 'sampler euler_x' }, 'n')).toEqual({
    filter: 'readiness',
    detail: 'sampler euler_x',
  });
  expect(readiness({ n: 'sampler euler_x' }, 'other')).toBeUndefined();
});

it('a refused node gets the class again once the refusal is withdrawn', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  bench.send({ kind: 'readiness', classId: 'a', refusals: { n: 'no input file' } });
  expect(bench.queue(queuedJob({ id: 'j', classId: 'a' }))).toEqual({});
  const [placed] = bench.send({ kind: 'readiness', classId: 'a', refusals: {} });
  expect(placed).toMatchObject({ jobId: 'j', nodeId: 'n' });
});
