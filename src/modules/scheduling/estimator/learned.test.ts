import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { decide } from '../decide.js';
import { exportLearned, restoreScheduler } from './learned.js';

it('a new leader estimates as the old one did and knows what nodes hold, after a trip through JSON', () => {
  const old = new Bench({}, {}).nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  for (let at = 0; at < 8; at += 1) {
    const job = queuedJob({ id: `j${at}`, classId: 'a', workUnits: 2 });
    old.queue(job);
    old.end('n', job.id, at === 0 ? 75_000 : 50_000);
  }
  old.state.heldSinceMs.set('kept', 500);
  const learned = JSON.parse(JSON.stringify(exportLearned(old.state)));
  expect(learned.residency).toEqual({ n: ['a'] });

  const fresh = restoreScheduler({}, learned);
  expect([...fresh.heldSinceMs]).toEqual([['kept', 500]]);
  decide(fresh, { kind: 'node', nowMs: 0, node: nodeSpec({ id: 'n' }), resident: learned.residency.n });
  decide(fresh, { kind: 'class', nowMs: 0, class: classSpec({ id: 'a' }) });
  const jobs = [queuedJob({ id: 'next', classId: 'a', workUnits: 2 })];
  const [placed] = decide(fresh, { kind: 'heads', nowMs: 0, classId: 'a', jobs });
  expect(placed).toMatchObject({ kind: 'place', terms: { switchingS: 0 } });
  expect(placed).toHaveProperty('terms.executionS', expect.closeTo(50, -1));
});
