import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

function twoNodes(): Bench {
  return new Bench()
    .nodes(nodeSpec({ id: 'n1' }), nodeSpec({ id: 'n2' }))
    .classes(classSpec({ id: 'a', workflowId: 'w' }));
}

it('a tenant at its limit is passed over for the next tenant, and served when a job of its own ends', () => {
  const bench = twoNodes();
  bench.send({ kind: 'tenant', tenantId: 'big', maxActive: 1 });
  const placed = bench.queue(
    queuedJob({ id: 'b1', classId: 'a', effKey: 1, tenantId: 'big' }),
    queuedJob({ id: 'b2', classId: 'a', effKey: 2, tenantId: 'big' }),
    queuedJob({ id: 's1', classId: 'a', effKey: 3, tenantId: 'small' }),
  );
  expect(Object.keys(placed)).toEqual(['b1', 's1']);
  expect(bench.end(placed['s1']!, 's1')).toEqual([]);
  expect(bench.end(placed['b1']!, 'b1').map(({ jobId }) => jobId)).toEqual(['b2']);
});

it('a workflow at its limit waits as a whole, until the limit is raised', () => {
  const bench = twoNodes();
  bench.send({ kind: 'workflow', workflowId: 'w', maxActive: 1 });
  const jobs = [
    queuedJob({ id: 'j1', classId: 'a' }),
    queuedJob({ id: 'j2', classId: 'a', tenantId: 'other' }),
  ];
  expect(Object.keys(bench.queue(...jobs))).toEqual(['j1']);
  const raised = bench.send({ kind: 'workflow', workflowId: 'w', maxActive: 2 });
  expect(raised.map(({ jobId }) => jobId)).toEqual(['j2']);
});
