/**
 * The promises of the scheduler, kept over ten thousand random histories each. A failure prints its seed and the shrunk
 * history; `SCHEDULING_SEED=<seed>` replays it.
 */
import fc from 'fast-check';
import process from 'node:process';
import { expect, it } from 'vitest';
import type { Step } from '../../../../test/scheduling/step.js';
import { World } from '../../../../test/scheduling/world.js';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { defaultOptions } from '../options.js';
import { assignTag } from '../queue/order-key.js';
import { virtualTimeS } from '../queue/virtual-time.js';

const sequences = 10_000;
const seed = process.env['SCHEDULING_SEED'];
const runs = { numRuns: sequences, ...(seed === undefined ? {} : { seed: Number(seed) }) };

const models = ['a', 'b', 'c'] as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      cls: fc.constantFrom('a', 'b', 'c', 'ab'),
      tenant: fc.constantFrom('t1', 't2', 't3'),
      seconds: fc.integer({ min: 1, max: 600 }),
      priority: fc.constantFrom(0, 0, 0, 1, 3),
      avoid: fc.constantFrom(undefined, undefined, undefined, 0, 1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      pick: fc.nat(7),
      outcome: fc.constantFrom(
        'ok' as const,
        'ok' as const,
        'ok' as const,
        'oom' as const,
        'failed' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('toggle' as const), node: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('progress' as const), pick: fc.nat(7) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('limit' as const),
      tenant: fc.constantFrom('t1', 't2'),
      maxActive: fc.integer({ min: 0, max: 3 }),
    }),
  },
);

const cluster = fc.array(
  fc.record({
    models: fc.subarray([...models], { minLength: 1 }),
    speed: fc.constantFrom(1, 0.65, 0.45),
    slots: fc.constantFrom(1, 2),
  }),
  { minLength: 1, maxLength: 4 },
);

it('in any history: feasible, within capacity and limits, never overtaken beyond the bound, never idle beside work', () => {
  fc.assert(
    fc.property(
      cluster,
      fc.array(step, { minLength: 5, maxLength: 30 }),
      fc.constantFrom(8, 32),
      // The lesser one is within reach of a single load.
      fc.constantFrom(50, 900),
      (nodes, steps, windowSize, maxBiasS) => {
        const world = new World(nodes, {
          windowSize,
          maxBiasS,
          maxSizeBiasS: maxBiasS,
          reserveAfterS: 60,
        });
        for (const each of steps) world.apply(each);
        expect(world.broken).toEqual([]);
      },
    ),
    runs,
  );
}, 600_000);

it('every job ends when every run ends and nothing is drained: none is forgotten', () => {
  fc.assert(
    fc.property(cluster, fc.array(step, { minLength: 5, maxLength: 30 }), (nodes, steps) => {
      const world = new World(nodes, { windowSize: 4 });
      for (const each of steps) world.apply(each);
      world.runOut();
      expect(world.broken).toEqual([]);
      expect(world.unserved()).toEqual([]);
    }),
    runs,
  );
}, 600_000);

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 40, maxLength: 40 });

/** Both tenants always have work; whoever is asked submits the next of its sizes. Service is counted at dispatch. */
function service(
  classes: readonly string[],
  weights: readonly [number, number],
  sizesS: readonly [number[], number[]],
): { worstGapS: number; largestS: number } {
  const bench = new Bench().nodes(...['n1', 'n2'].map((id) => nodeSpec({ id, vramBytes: 12e9 })));
  bench.classes(...classes.map((id) => classSpec({ id })));
  const vfinishS = [0, 0];
  const servedS = [0, 0];
  const sizeOf = new Map<string, number>();
  const submit = (tenant: 0 | 1, at: number): void => {
    const size = sizesS[tenant][at]!;
    const tag = assignTag({
      virtualS: virtualTimeS(bench.state),
      vfinishS: vfinishS[tenant]!,
      weight: weights[tenant],
      clusterSpeed: 2,
      estimateMs: size * 1000,
      creditS: 0,
    });
    vfinishS[tenant] = tag.vfinishS;
    const id = `${tenant}-${String(at).padStart(3, '0')}`;
    sizeOf.set(id, size);
    const classId = classes[at % classes.length]!;
    const job = queuedJob({
      id,
      classId,
      tenantId: String(tenant),
      effKey: tag.effKey,
      workUnits: size,
    });
    bench.submit(job);
  };
  bench.send({
    kind: 'node',
    node: nodeSpec({ id: 'n1', vramBytes: 12e9, accepts: false }),
  });
  bench.send({
    kind: 'node',
    node: nodeSpec({ id: 'n2', vramBytes: 12e9, accepts: false }),
  });
  for (let at = 0; at < 40; at += 1) for (const tenant of [0, 1] as const) submit(tenant, at);
  const left = [40, 40];
  let worstGapS = 0;
  let placed = bench.send({ kind: 'node', node: nodeSpec({ id: 'n1', vramBytes: 12e9 }) });
  while (placed.length > 0 && Math.min(...left) > 0) {
    for (const { tenantId, jobId } of placed) {
      const tenant = Number(tenantId);
      servedS[tenant]! += sizeOf.get(jobId)!;
      left[tenant]! -= 1;
    }
    worstGapS = Math.max(worstGapS, Math.abs(servedS[0]! / weights[0] - servedS[1]! / weights[1]));
    bench.nowMs += 60_000;
    placed = placed.flatMap(({ nodeId, jobId }) => bench.end(nodeId, jobId));
  }
  const largestS = Math.max(...sizesS[0].map((s) => s / weights[0]), ...sizesS[1].map((s) => s / weights[1]));
  return { worstGapS, largestS };
}

const weights = fc.tuple(fc.constantFrom(1, 2, 4), fc.constantFrom(1, 2));

it('two backlogged tenants differ in weighted service by at most two of the largest jobs', () => {
  fc.assert(
    fc.property(weights, fc.tuple(sizes, sizes), (given, sizesS) => {
      const { worstGapS, largestS } = service(['a'], given, sizesS);
      expect(worstGapS).toBeLessThanOrEqual(2 * largestS + 1e-6);
    }),
    runs,
  );
}, 600_000);

it('with several models in play they differ by no more than the bound on overtaking adds', () => {
  fc.assert(
    fc.property(weights, fc.tuple(sizes, sizes), (given, sizesS) => {
      const { worstGapS, largestS } = service(['a', 'b', 'c'], given, sizesS);
      const clusterSpeed = 2;
      const boundS = defaultOptions.maxBiasS + defaultOptions.maxSizeBiasS;
      expect(worstGapS).toBeLessThanOrEqual(2 * largestS + boundS * clusterSpeed);
    }),
    runs,
  );
}, 600_000);
