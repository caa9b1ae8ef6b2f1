import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

it("divides the estimate by speed and by the operator's weight", () => {
  const bench = new Bench()
    .nodes(
      nodeSpec({ id: 'slow', speedFactor: 0.5 }),
      nodeSpec({ id: 'liked', weight: 2 }),
      nodeSpec({ id: 'plain' }),
    )
    .classes(classSpec({ id: 'a' }));
  const [placed] = bench.send({
    kind: 'job-queued',
    job: queuedJob({ id: 'j', classId: 'a', estimateMs: 60_000 }),
  });
  const all = [placed!, ...placed!.runnersUp].map(({ nodeId, terms }) => [nodeId, terms.executionS]);
  expect(all).toEqual([
    ['liked', 30],
    ['plain', 60],
    ['slow', 120],
  ]);
});
