import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

it("divides the estimate by speed and by the operator's weight", () => {
  const bench = new Bench();
  bench.state.logBiases.set('slow', Math.log(2));
  bench
    .nodes(nodeSpec({ id: 'slow' }), nodeSpec({ id: 'liked', weight: 2 }), nodeSpec({ id: 'plain' }))
    .classes(classSpec({ id: 'a' }));
  const [placed] = bench.submit(queuedJob({ id: 'j', classId: 'a', workUnits: 60 }));
  const all = [placed!, ...placed!.runnersUp].map(({ nodeId, terms }) => [
    nodeId,
    Math.round(terms.executionS),
  ]);
  expect(all).toEqual([
    ['liked', 30],
    ['plain', 60],
    ['slow', 120],
  ]);
});
