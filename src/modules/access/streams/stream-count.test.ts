import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamCount } from './stream-count.js';

/** What the replicas say of themselves; a statement takes a while, and may break off before or after it was written. */
class Record {
  readonly said: number[];
  breaksOff: 'before' | 'after' | null = null;

  constructor(
    replicas: number,
    readonly limit: number,
  ) {
    this.said = Array.from({ length: replicas }, () => 0);
  }

  countOf = (replica: number): StreamCount =>
    new StreamCount(async (open, wanted) => {
      await Promise.resolve();
      const { breaksOff } = this;
      this.breaksOff = null;
      if (breaksOff === 'before') throw new Error('away');
      const others = this.said.reduce((sum, one, at) => sum + (at === replica ? 0 : one), 0);
      const granted = Math.min(wanted, Math.max(0, this.limit - open - others));
      this.said[replica] = open + granted;
      await Promise.resolve();
      if (breaksOff === 'after') throw new Error('away');
      return granted;
    });
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('enter' as const), replica: fc.nat(2) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('leave' as const), replica: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('before' as const, 'after' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  ),
  { maxLength: 120 },
);

test('never more than the limit, whoever comes, goes or breaks off; and the record says in the end what is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(6), steps, async (limit, taken) => {
      const record = new Record(3, limit);
      const counts = [0, 1, 2].map((replica) => record.countOf(replica));
      const open = [0, 0, 0];
      const entering: Promise<unknown>[] = [];
      const enter = async (replica: number): Promise<void> => {
        const isIn = await counts[replica]!.enter().catch(() => false);
        if (isIn) open[replica]! += 1;
        expect(open.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(limit);
      };
      for (const step of taken) {
        if (step.kind === 'enter') entering.push(enter(step.replica));
        else if (step.kind === 'wait') await Promise.all(entering);
        else if (step.kind !== 'leave') record.breaksOff = step.kind;
        else if (open[step.replica]! > 0) {
          open[step.replica]! -= 1;
          counts[step.replica]!.leave();
          counts[step.replica]!.settle().catch(() => undefined);
        }
      }
      await Promise.all(entering);
      record.breaksOff = null;
      // What is under way may still break off.
      await Promise.allSettled(counts.map(async (count) => count.settle()));
      for (const count of counts) await count.settle();
      expect(record.said).toEqual(open);
    }),
  );
});

test('lets in all that fit, however many come at once, in few statements', async () => {
  const record = new Record(1, 40);
  let statements = 0;
  const plain = record.countOf(0);
  const count = new StreamCount(async (open, wanted) => {
    statements += 1;
    await Promise.resolve();
    return Math.min(wanted, 40 - open);
  });
  expect(await plain.enter()).toBe(true);
  const answers = await Promise.all(Array.from({ length: 64 }, async () => count.enter()));
  expect(answers.filter(Boolean)).toHaveLength(40);
  expect(statements).toBeLessThanOrEqual(3);
});

test('what came in without a limit is there when one comes', async () => {
  const record = new Record(1, 2);
  const count = record.countOf(0);
  for (let no = 0; no < 5; no += 1) count.enterAtOnce();
  expect(await count.enter()).toBe(false);
  for (let no = 0; no < 4; no += 1) count.leave();
  expect(await count.enter()).toBe(true);
  expect(await count.enter()).toBe(false);
  expect(record.said).toEqual([2]);
});
