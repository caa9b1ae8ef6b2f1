import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../types.js';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

function held(bench: Bench): string[] {
  return bench.state.nodeById.get('n')!.residency.models.map((model) => bench.state.models[model]!.name);
}

function ranAThenB(outcome: AttemptOutcome): Bench {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n', vramBytes: 24e9 }))
    .classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }));
  bench.queue(queuedJob({ id: '1', classId: 'a' }));
  bench.end('n', '1');
  bench.queue(queuedJob({ id: '2', classId: 'b' }));
  bench.send({ kind: 'attempt-closed', nodeId: 'n', jobId: '2', outcome });
  return bench;
}

describe('what a node is believed to hold', () => {
  it.each<[AttemptOutcome, string[]]>([
    ['ok', ['a', 'b']],
    ['failed', ['a', 'b']],
    ['oom', []],
    ['lost', []],
    ['withdrawn', ['a']],
    ['not_opened', ['a']],
  ])('after an attempt that ended %s', (outcome, models) => {
    expect(held(ranAThenB(outcome))).toEqual(models);
  });

  it('is nothing after /free, a restart or a foreign prompt', () => {
    const freed = ranAThenB('ok');
    freed.send({ kind: 'residency-void', nodeId: 'n' });
    expect(held(freed)).toEqual([]);
    const shared = ranAThenB('ok');
    shared.send({ kind: 'attempt-opened', nodeId: 'n', jobId: 'foreign', startedAtMs: shared.nowMs });
    expect(held(shared)).toEqual([]);
  });

  it('shrinks with the memory the node reports', () => {
    const bench = ranAThenB('ok').nodes(nodeSpec({ id: 'n', vramBytes: 12e9 }));
    expect(held(bench)).toEqual(['b']);
  });
});
