import { expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

it('between two warm nodes the one that holds the same LoRA set wins, in whatever order it is named', () => {
  const bench = new Bench()
    .nodes(nodeSpec({ id: 'n1' }), nodeSpec({ id: 'n2' }))
    .classes(
      classSpec({ id: 'plain', models: ['a'] }),
      classSpec({ id: 'xy', models: ['a'], loras: ['x', 'y'] }),
      classSpec({ id: 'yx', models: ['a'], loras: ['y', 'x'] }),
    );
  const first = bench.queue(queuedJob({ id: '1', classId: 'plain' }), queuedJob({ id: '2', classId: 'xy' }));
  bench.end(first['1']!, '1');
  bench.end(first['2']!, '2');
  const patched = bench.queue(queuedJob({ id: '3', classId: 'yx' }));
  expect(patched['3']).toBe(first['2']);
});
