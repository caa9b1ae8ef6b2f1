import { expect, it } from 'vitest';
import { exportLearned } from '../estimator/learned.js';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

it('a node that holds the inputs already is worth the time their upload would take', () => {
  const bench = new Bench();
  for (const id of ['n1', 'n2']) bench.state.uploadRates.set(id, 1e6);
  bench.nodes(nodeSpec({ id: 'n1' }), nodeSpec({ id: 'n2' })).classes(classSpec({ id: 'a' }));
  const job = queuedJob({ id: 'j', classId: 'a', inputBytes: 5e6, inputsOnNodeIds: ['n2'] });
  const [placed] = bench.submit(job);
  expect(placed).toMatchObject({ nodeId: 'n2', terms: { uploadS: 0 } });
  expect(placed!.runnersUp).toMatchObject([{ nodeId: 'n1', terms: { uploadS: 5 } }]);
});

it('a transfer teaches how fast the node is reached, a small one nothing', () => {
  const bench = new Bench().nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
  const { state } = bench;
  const assumed = state.nodeById.get('n')!.uploadBytesPerS;
  const send = (id: string, inputBytes: number): number => {
    bench.submit(queuedJob({ id, classId: 'a', inputBytes }));
    bench.send({ kind: 'attempt-closed', nodeId: 'n', jobId: id, outcome: 'ok', uploadMs: 10_000 });
    return state.nodeById.get('n')!.uploadBytesPerS;
  };
  expect(send('small', 1e5)).toBe(assumed);
  for (let at = 0; at < 20; at += 1) send(`large ${at}`, 50e6);
  expect(send('last', 50e6)).toBeCloseTo(5e6, -5);
  expect(exportLearned(state).uploadBytesPerS).toEqual({ n: state.nodeById.get('n')!.uploadBytesPerS });
});
