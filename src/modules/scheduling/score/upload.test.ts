import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

it('a node that holds the inputs already is worth the time their upload would take', () => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n1', uploadBytesPerS: 1e6 }), nodeSpec({ id: 'n2', uploadBytesPerS: 1e6 }))
    .classes(classSpec({ id: 'a' }));
  const job = queuedJob({ id: 'j', classId: 'a', inputBytes: 5e6, inputsOnNodeIds: ['n2'] });
  const [placed] = bench.send({ kind: 'job-queued', job });
  expect(placed).toMatchObject({ nodeId: 'n2', terms: { uploadS: 0 } });
  expect(placed!.runnersUp).toMatchObject([{ nodeId: 'n1', terms: { uploadS: 5 } }]);
});
