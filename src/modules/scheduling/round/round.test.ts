import { describe, expect, it } from 'vitest';
import { exportLearned } from '../estimator/learned.js';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';

/** One node that has run `a`; it and one job each of `a` and `b` are busy and waiting. */
function warmForA(keys: { a: number; b: number }, options = {}): Bench {
  const bench = new Bench({ sizeWeight: 0, ...options }).nodes(nodeSpec({ id: 'n', vramBytes: 12e9 }));
  bench.classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }));
  bench.queue(queuedJob({ id: 'running', classId: 'a' }));
  bench.queue(
    queuedJob({ id: 'a', classId: 'a', effKey: keys.a }),
    queuedJob({ id: 'b', classId: 'b', effKey: keys.b }),
  );
  return bench;
}

describe('order', () => {
  it('a job whose model is warm goes first within the bound', () => {
    const [placed] = warmForA({ a: 50, b: 0 }).end('n', 'running');
    expect(placed).toMatchObject({ jobId: 'a', key: 50, terms: { switchingS: 0 } });
  });

  it('and not a second beyond it', () => {
    const [placed] = warmForA({ a: 101, b: 0 }, { maxBiasS: 100 }).end('n', 'running');
    expect(placed).toMatchObject({ jobId: 'b', terms: { switchingS: 10 } });
  });

  it('with lambda 0 it is the order of the keys', () => {
    const [placed] = warmForA({ a: 1, b: 0 }, { lambda: 0 }).end('n', 'running');
    expect(placed).toMatchObject({ jobId: 'b' });
  });

  it('short work goes first within the same bound', () => {
    const bench = new Bench({ sizeWeight: 0.5 }).nodes(nodeSpec({ id: 'n' })).classes(classSpec({ id: 'a' }));
    bench.classes(classSpec({ id: 'long', models: ['a'] }));
    bench.queue(queuedJob({ id: 'running', classId: 'a' }));
    bench.queue(
      queuedJob({ id: 'long', classId: 'long', effKey: 0, workUnits: 600 }),
      queuedJob({ id: 'short', classId: 'a', effKey: 200, workUnits: 10 }),
    );
    expect(bench.end('n', 'running')).toMatchObject([{ jobId: 'short' }]);
  });

  it('neither adds to the other: a long job loses no more to warm work for being long', () => {
    const options = { sizeWeight: 1, lambda: 100, maxBiasS: 100, maxSizeBiasS: 200 };
    const long = (effKey: number): string | undefined => {
      const bench = warmForA({ a: effKey, b: 0 }, options);
      bench.queue(queuedJob({ id: 'b long', classId: 'b', effKey: -1, workUnits: 600 }));
      return bench.end('n', 'running')[0]?.jobId;
    };
    expect(long(-1 + 100 + 200 - 60 - 1)).toBe('a');
    expect(long(-1 + 100 + 200 - 60 + 1)).toBe('b long');
  });

  it('warm work may gain more while jobs wait long', () => {
    const placed = (enqueuedAtMs: number): string | undefined => {
      const bench = new Bench({ sizeWeight: 0, calmBiasS: 50, maxBiasS: 200 });
      bench
        .nodes(nodeSpec({ id: 'n', vramBytes: 12e9 }))
        .classes(classSpec({ id: 'a' }), classSpec({ id: 'b' }));
      bench.nowMs = 100_000_000;
      for (let at = 0; at < 100; at += 1) {
        bench.queue(queuedJob({ id: `a${at}`, classId: 'a', effKey: -1, enqueuedAtMs }));
        bench.end('n', `a${at}`);
      }
      bench.tickAt(bench.nowMs);
      bench.queue(queuedJob({ id: 'running', classId: 'a', effKey: -1 }));
      bench.queue(
        queuedJob({ id: 'a', classId: 'a', effKey: 100 }),
        queuedJob({ id: 'b', classId: 'b', effKey: 0 }),
      );
      return bench.end('n', 'running')[0]?.jobId;
    };
    expect(placed(100_000_000 - 1_000)).toBe('b');
    expect(placed(100_000_000 - 1_000_000)).toBe('a');
  });

  it('gamma lets the class with the largest backlog go first', () => {
    const bench = warmForA({ a: 0, b: 40 }, { lambda: 0, gamma: 1 });
    bench.queue(...[1, 2, 3].map((at) => queuedJob({ id: `b${at}`, classId: 'b', effKey: 100 + at })));
    expect(bench.end('n', 'running')).toMatchObject([{ jobId: 'b' }]);
  });
});

describe('hold', () => {
  /** `warm` runs `a` for a minute more or less; `cold` idles. */
  function halfWarm(runMs: number): Bench {
    const bench = new Bench({ holdMs: 10_000 }).classes(classSpec({ id: 'a' }));
    bench.send({ kind: 'models', sizesBytes: { a: 60e9 } });
    bench.send({ kind: 'node', node: nodeSpec({ id: 'warm', vramBytes: 80e9 }), resident: ['a'] });
    bench.queue(queuedJob({ id: 'running', classId: 'a', workUnits: Math.max(runMs / 1000, 1e-9) }));
    return bench.nodes(nodeSpec({ id: 'cold', vramBytes: 80e9 }));
  }

  it('a job waits for a busy warm node that would still end it sooner, and takes it', () => {
    const bench = halfWarm(0);
    expect(bench.queue(queuedJob({ id: 'j', classId: 'a', workUnits: 20 }))).toEqual({});
    bench.nowMs += 2_000;
    expect(bench.end('warm', 'running')).toMatchObject([{ jobId: 'j', nodeId: 'warm', heldMs: 2_000 }]);
  });

  it('so do as many as the warm node will begin while a load would take', () => {
    const bench = halfWarm(0);
    const jobs = [1, 2, 3, 4].map((at) => queuedJob({ id: `j${at}`, classId: 'a', workUnits: 15 }));
    expect(bench.queue(...jobs.slice(0, 3))).toEqual({});
    expect(bench.queue(jobs[3]!)).toEqual({ j1: 'cold' });
  });

  it('and a long one leaves the last free copy of what is asked for every few seconds', () => {
    /** `both` holds the models of videos and of images, and idles; `busy` is about to end a video. */
    const placed = (imagesPerMinute: number): Record<string, string> => {
      const bench = new Bench({ sizeWeight: 0 }).classes(
        classSpec({ id: 'image' }),
        classSpec({ id: 'video' }),
      );
      const video = (id: string) => queuedJob({ id, classId: 'video', workUnits: 300 });
      bench.send({ kind: 'models', sizesBytes: { image: 40e9, video: 40e9 } });
      bench.send({ kind: 'node', node: nodeSpec({ id: 'busy', vramBytes: 40e9 }), resident: ['video'] });
      bench.queue(queuedJob({ id: 'running', classId: 'video', workUnits: 5 }));
      bench.send({
        kind: 'node',
        node: nodeSpec({ id: 'both', vramBytes: 80e9 }),
        resident: ['video', 'image'],
      });
      for (let at = 0; at < 15 * imagesPerMinute; at += 1) {
        bench.nowMs += 10;
        bench.queue(
          queuedJob({ id: `image${at}`, classId: 'image', workUnits: 1e-9, enqueuedAtMs: bench.nowMs }),
        );
        bench.end('both', `image${at}`, 1);
      }
      return bench.queue(video('long'));
    };
    expect(placed(12)).toEqual({});
    expect(placed(0.2)).toEqual({ long: 'both' });
  });

  it('but no longer than the hold', () => {
    const bench = halfWarm(0);
    bench.queue(queuedJob({ id: 'j', classId: 'a' }));
    expect(bench.tickAt(10_999)).toEqual([]);
    expect(bench.tickAt(11_000)).toMatchObject([{ jobId: 'j', nodeId: 'cold', heldMs: 10_000 }]);
  });

  it('nor does it begin anew when the job was handed over and taken back, and another leader is told', () => {
    const bench = halfWarm(0);
    const job = queuedJob({ id: 'j', classId: 'a' });
    bench.queue(job);
    bench.nowMs += 4_000;
    expect(bench.end('warm', 'running', 0)).toMatchObject([{ jobId: 'j', nodeId: 'warm' }]);
    bench.send({ kind: 'attempt-closed', nodeId: 'warm', jobId: 'j', outcome: 'withdrawn' });
    bench.queue(queuedJob({ id: 'other', classId: 'a', effKey: -1, workUnits: 1e-9 }));
    expect(bench.queue(job)).toEqual({});
    const { heldSinceMs } = exportLearned(bench.state);
    expect(heldSinceMs).toEqual({ j: 1_000 });
    expect(bench.tickAt(10_999)).toEqual([]);
    expect(bench.tickAt(11_000)).toMatchObject([{ jobId: 'j', nodeId: 'cold', heldMs: 10_000 }]);
    bench.end('cold', 'j');
    expect(exportLearned(bench.state).heldSinceMs).toEqual({});
  });

  it('and for a slower one that ends it later, by less than the load is worth to all', () => {
    /** A load of 40 s, against a run that takes `excessS` longer on the warm node; half of that counts. */
    const placed = (excessS: number): Record<string, string> => {
      const bench = new Bench({ holdMs: 60_000, runWeight: 0.5 }).classes(classSpec({ id: 'a' }));
      bench.send({ kind: 'models', sizesBytes: { a: 60e9 } });
      const speed = 100 / (100 + excessS);
      bench.send({
        kind: 'node',
        node: nodeSpec({ id: 'warm', vramBytes: 80e9, weight: speed }),
        resident: ['a'],
      });
      bench.queue(queuedJob({ id: 'running', classId: 'a', workUnits: 1e-9 }));
      bench.nodes(nodeSpec({ id: 'cold', vramBytes: 80e9 }));
      return bench.queue(queuedJob({ id: 'j', classId: 'a', workUnits: 100 }));
    };
    expect(placed(70)).toEqual({});
    expect(placed(90)).toEqual({ j: 'cold' });
  });

  it('and not when the warm node would begin it later than the load takes', () => {
    const bench = halfWarm(300_000);
    expect(bench.queue(queuedJob({ id: 'j', classId: 'a' }))).toEqual({ j: 'cold' });
  });
});

it('equal events on equal states give equal decisions', () => {
  const run = () => JSON.stringify(warmForA({ a: 50, b: 0 }).end('n', 'running'));
  expect(run()).toBe(run());
});

it('the runners-up are the other free nodes, cheapest first', () => {
  const bench = new Bench().classes(classSpec({ id: 'a' }));
  bench.nodes(
    nodeSpec({ id: 'slow', weight: 0.5 }),
    nodeSpec({ id: 'fast', weight: 2 }),
    nodeSpec({ id: 'mid' }),
  );
  const [placed] = bench.submit(queuedJob({ id: 'j', classId: 'a' }));
  expect([placed!, ...placed!.runnersUp].map(({ nodeId }) => nodeId)).toEqual(['fast', 'mid', 'slow']);
});
