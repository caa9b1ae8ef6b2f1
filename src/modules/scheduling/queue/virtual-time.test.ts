import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { virtualTimeS } from './virtual-time.js';

function oneNode(): Bench {
  return new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
}

it('is the least start tag that waits, so a newcomer does not queue behind what was dispatched out of order', () => {
  const bench = oneNode();
  bench.queue(queuedJob({ id: '1', classId: 'a', effKey: 900 }));
  bench.queue(
    queuedJob({ id: '2', classId: 'a', effKey: 300 }),
    queuedJob({ id: '3', classId: 'a', effKey: 400 }),
  );
  expect(virtualTimeS(bench.state)).toBe(300);
});

it('is the greatest tag dispatched when nothing waits, and never goes back', () => {
  const bench = oneNode();
  bench.queue(queuedJob({ id: '1', classId: 'a', effKey: 900 }));
  expect(virtualTimeS(bench.state)).toBe(900);
  bench.queue(queuedJob({ id: '2', classId: 'a', effKey: 300 }));
  expect(virtualTimeS(bench.state)).toBe(900);
});

it('leaves the credit of an urgent job out', () => {
  const bench = oneNode();
  bench.queue(queuedJob({ id: '1', classId: 'a', effKey: 900 - 300, creditS: 300 }));
  expect(virtualTimeS(bench.state)).toBe(900);
});
