import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueBound } from './queue-bound.js';

/** A queue that several replicas fill at once, each with a bound of its own. */
class Cluster {
  inserted = 0;
  counts = 0;
  nowMs = 0;
  readonly bounds: QueueBound[];

  constructor(replicas: number) {
    this.bounds = Array.from(
      { length: replicas },
      () =>
        new QueueBound({
          count: async (limit) => {
            this.counts += 1;
            const seen = Math.min(this.inserted, limit);
            await turns(3);
            return seen;
          },
          replicas: () => replicas,
          nowMs: () => this.nowMs,
          freshMs: 1000,
        }),
    );
  }

  /** `hearsAfter`: turns until it hears of what is in the record by then, as it does after a commit. */
  async submit(replica: number, limit: number, hearsAfter = 0): Promise<boolean> {
    const bound = this.bounds[replica % this.bounds.length]!;
    if (!(await bound.admit(limit))) return false;
    await turns(7 * (replica % 5));
    this.inserted += 1;
    await turns(hearsAfter);
    bound.leave();
    return true;
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

describe('a bounded queue', () => {
  it('takes exactly as many as it may from one replica, however many come at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 0, max: 20 }),
        async (limit, wanted, hearsAfter) => {
          const cluster = new Cluster(1);
          const answers = await Promise.all(
            Array.from({ length: wanted }, async () => cluster.submit(0, limit, hearsAfter)),
          );
          expect(answers.filter(Boolean)).toHaveLength(Math.min(limit, wanted));
          expect(cluster.inserted).toBe(Math.min(limit, wanted));
        },
      ),
    );
  });

  it('is passed by several replicas by a tenth of its limit and one each, at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 400, size: 'max' }),
        async (replicas, limit, order) => {
          const cluster = new Cluster(replicas);
          const submits = [];
          for (const replica of order) {
            if (replica === 4) cluster.nowMs += 300;
            submits.push(cluster.submit(replica, limit));
          }
          await Promise.all(submits);
          expect(cluster.inserted).toBeLessThanOrEqual(limit + Math.ceil(limit / 10) + replicas);
        },
      ),
    );
  });

  it('is filled by several replicas too, however late they hear of what they put in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 20 }),
        async (replicas, limit, hearsAfter) => {
          const cluster = new Cluster(replicas);
          const submits = Array.from({ length: 3 * limit }, async (_, at) =>
            cluster.submit(at, limit, hearsAfter),
          );
          await Promise.all(submits);
          expect(cluster.inserted).toBeGreaterThanOrEqual(limit);
        },
      ),
    );
  });

  it('is not counted again while it is known to be full, and is once that knowledge is old', async () => {
    const cluster = new Cluster(1);
    cluster.inserted = 5;
    expect(await cluster.submit(0, 5)).toBe(false);
    for (let knock = 0; knock < 100; knock += 1) expect(await cluster.submit(0, 5)).toBe(false);
    expect(cluster.counts).toBe(1);
    cluster.inserted = 4;
    cluster.nowMs += 1000;
    expect(await cluster.submit(0, 5)).toBe(true);
  });

  it('is counted seldom while there is room', async () => {
    const cluster = new Cluster(3);
    for (let index = 0; index < 1000; index += 1) await cluster.submit(index, 100_000);
    expect(cluster.inserted).toBe(1000);
    expect(cluster.counts).toBe(3);
  });

  it('hears of a limit that was raised or lowered at once', async () => {
    const cluster = new Cluster(1);
    expect(await cluster.submit(0, 1)).toBe(true);
    expect(await cluster.submit(0, 1)).toBe(false);
    expect(await cluster.submit(0, 2)).toBe(true);
    expect(await cluster.submit(0, 1)).toBe(false);
  });

  it('passes on that it could not be counted, and counts again for the next', async () => {
    let isAway = true;
    const bound = new QueueBound({
      count: async () => {
        if (isAway) throw new Error('away');
        return 0;
      },
      replicas: () => 1,
      nowMs: () => 0,
      freshMs: 1000,
    });
    await expect(bound.admit(1)).rejects.toThrow('away');
    isAway = false;
    expect(await bound.admit(1)).toBe(true);
  });
});
