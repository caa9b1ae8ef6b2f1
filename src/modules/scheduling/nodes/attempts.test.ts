import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { decide } from '../decide.js';

const short = (id: string) => queuedJob({ id, classId: 'a', workUnits: 1 });

/** On node `n`, which has the model, `1` runs, `2` waits behind it, and others wait in the queue. */
function twoAtTheNode(): Bench {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  bench.queue(short('0'));
  bench.end('n', '0', 1_000);
  bench.queue(short('1'), short('2'), short('3'), short('4'));
  expect(bench.send({ kind: 'attempt-started', nodeId: 'n', jobId: '1' })).toMatchObject([{ jobId: '2' }]);
  bench.nowMs += 1_000;
  return bench;
}

it('a start that is heard before the end of the run before it opens the place behind it with that end', () => {
  const bench = twoAtTheNode();
  expect(bench.send({ kind: 'attempt-started', nodeId: 'n', jobId: '2' })).toEqual([]);
  expect(bench.end('n', '1', 1_000)).toMatchObject([{ nodeId: 'n', jobId: '3' }]);
});

it('a start that is heard after that end opens it then', () => {
  const bench = twoAtTheNode();
  expect(bench.end('n', '1', 1_000)).toEqual([]);
  expect(bench.send({ kind: 'attempt-started', nodeId: 'n', jobId: '2' })).toMatchObject([{ jobId: '3' }]);
});

it('a run of some seconds that tells no progress has its successor before it ends, one that takes longer has none', () => {
  const placedBehind = (seconds: number): unknown[] => {
    const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
    bench.queue(short('0'));
    bench.end('n', '0', 1_000);
    bench.queue(queuedJob({ id: '1', classId: 'a', workUnits: seconds }), short('2'));
    bench.send({ kind: 'attempt-started', nodeId: 'n', jobId: '1' });
    const beganMs = bench.nowMs;
    return [0.1, 0.9].map((part) => bench.tickAt(beganMs + 1_000 * seconds * part));
  };
  expect(placedBehind(2.5)).toMatchObject([[], [{ nodeId: 'n', jobId: '2', slot: 1 }]]);
  expect(placedBehind(25)).toEqual([[], []]);
});

it('a prompt that has begun is not taken back, however late the end before it is told', () => {
  const withdrawn = (bench: Bench) =>
    decide(bench.state, { kind: 'tick', nowMs: bench.nowMs + 60_000 }).filter(
      ({ kind }) => kind === 'withdraw',
    );
  const bench = twoAtTheNode();
  bench.send({ kind: 'attempt-started', nodeId: 'n', jobId: '2' });
  expect(withdrawn(bench)).toEqual([]);
  expect(withdrawn(twoAtTheNode())).toMatchObject([{ jobId: '2', cause: 'overshoot' }]);
});
