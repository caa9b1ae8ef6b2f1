import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import type { Refusal } from '../types.js';
import { describeWaiting, explainWaiting } from './explain.js';

function why(bench: Bench, classId: string, jobId: string): string {
  return describeWaiting(explainWaiting(bench.state, classId, jobId)!);
}

it('names the file that no node has', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n1' }), nodeSpec({ id: 'n2' }));
  bench.classes(classSpec({ id: 'a', loras: ['style.safetensors'] }));
  const refusal: Refusal = { filter: 'loras', detail: 'style.safetensors' };
  bench.send({ kind: 'readiness', classId: 'a', refusals: { n1: refusal, n2: refusal } });
  bench.queue(queuedJob({ id: 'j', classId: 'a' }));
  expect(why(bench, 'a', 'j')).toBe('no node has LoRA style.safetensors (2 checked)');
});

it('tells each shortage when nodes lack different things', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n1' }), nodeSpec({ id: 'n2', vramBytes: 1e9 }));
  bench.classes(classSpec({ id: 'a', minVramBytes: 20e9 })).lack('a', 'n1');
  expect(why(bench, 'a', 'j')).toBe(
    'no node has model a (1 checked); no node has memory of 20 GB (1 checked)',
  );
});

it('tells when all are busy, and for about how long', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  bench.queue(
    queuedJob({ id: 'running', classId: 'a', workUnits: 230 }),
    queuedJob({ id: 'j', classId: 'a', effKey: 1 }),
  );
  expect(why(bench, 'a', 'j')).toBe('all 1 nodes that can run it are busy, the next for about 4 min');
});

it('tells that and for whom a job is held', () => {
  const bench = new Bench({ holdMs: 30_000 }).classes(classSpec({ id: 'a' }));
  bench.send({ kind: 'node', node: nodeSpec({ id: 'warm' }), resident: ['a'] });
  bench.queue(queuedJob({ id: 'running', classId: 'a', workUnits: 1e-9 }));
  bench.nodes(nodeSpec({ id: 'cold' }));
  bench.queue(queuedJob({ id: 'j', classId: 'a' }));
  bench.nowMs += 6_000;
  bench.tickAt(bench.nowMs);
  expect(why(bench, 'a', 'j')).toBe('held 6 s of at most 30 s for warm node warm');
});

it.each([
  ['tenant', 'the tenant runs 0 of 0 allowed jobs'],
  ['drained', 'no node that can run it takes work now (1 known)'],
])('tells the reason of a job that is %s', (kind, sentence) => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n', accepts: kind !== 'drained' }))
    .classes(classSpec({ id: 'a' }));
  if (kind === 'tenant') bench.send({ kind: 'tenant', tenantId: 'tenant', maxActive: 0 });
  bench.queue(queuedJob({ id: 'j', classId: 'a' }));
  expect(why(bench, 'a', 'j')).toBe(sentence);
});
