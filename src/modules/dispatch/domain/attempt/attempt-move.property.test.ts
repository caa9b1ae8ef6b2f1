import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fate } from '../../../comfyui/domain/index.js';
import { attemptMove, type Counters, noCounters, type Observation } from './attempt-move.js';
import type { AttemptFacts } from './step.js';

const graceMs = 60_000;
const flags = {
  cancelRequested: fc.boolean(),
  withdrawRequested: fc.boolean(),
  heardStart: fc.boolean(),
  began: fc.boolean(),
  overdue: fc.boolean(),
};
const facts: fc.Arbitrary<AttemptFacts> = fc.record({
  ...flags,
  state: fc.constantFrom('sending', 'accepted', 'running', 'collecting'),
  settled: fc.boolean(),
});
const fates: fc.Arbitrary<Fate> = fc.constantFrom<Fate[]>(
  { kind: 'absent' },
  { kind: 'pending', position: 0 },
  { kind: 'running' },
);
const silences: fc.Arbitrary<Observation> = fc
  .record({ refused: fc.boolean(), processEnded: fc.boolean(), nowMs: fc.nat(10 * graceMs) })
  .map((seen) => ({ kind: 'silent', message: 'no answer', beganMs: 0, graceMs, ...seen }));
/** Nothing of this says that the prompt has ended. */
const looks: fc.Arbitrary<Observation> = fc.oneof(
  fates.map((fate): Observation => ({ kind: 'read', fate })),
  silences,
  fc.boolean().map((isOverSaid): Observation => ({ kind: 'unread', isOverSaid })),
  fc.constant<Observation>({ kind: 'unanswered' }),
);

/** The moves after one observation after another. */
function moves(known: AttemptFacts, seen: readonly Observation[]) {
  let counters: Counters = noCounters;
  return seen.map((one) => {
    const next = attemptMove(known, one, counters);
    counters = next.counters;
    return next.move;
  });
}

it('a post that may still land is never given up, whatever its node says or does not say', () => {
  fc.assert(
    fc.property(facts, fc.array(looks, { maxLength: 29 }), (known, seen) => {
      const unsettled = { ...known, state: 'sending' as const, settled: false };
      for (const move of moves(unsettled, seen)) expect(move.kind).not.toBe('close');
    }),
  );
});

it('nothing that a node shows or hides is a success: only its history is', () => {
  fc.assert(
    fc.property(facts, fc.array(looks, { maxLength: 50 }), (known, seen) => {
      for (const move of moves(known, seen)) {
        expect(move.kind).not.toBe('collect');
        expect(move).not.toMatchObject({ outcome: 'ok' });
      }
    }),
  );
});

it('a prompt is stopped at its node only on a reading of that moment, and only for a reason', () => {
  fc.assert(
    fc.property(facts, fates, (known, fate) => {
      const [before, after] = moves(known, [
        { kind: 'unread', isOverSaid: false },
        { kind: 'read', fate },
      ]);
      fc.pre(before?.kind === 'look' && after?.kind === 'stop');
      expect(before).toMatchObject({ fresh: true });
    }),
  );
});

it('the counters forget a silence with every answer, and count nothing else', () => {
  fc.assert(
    fc.property(facts, fc.array(silences), fates, (known, seen, fate) => {
      let counters: Counters = noCounters;
      for (const one of seen) ({ counters } = attemptMove(known, one, counters));
      ({ counters } = attemptMove(known, { kind: 'read', fate }, counters));
      expect(counters.silence).toEqual({});
      expect(counters.unreadableReads).toBe(0);
    }),
  );
});
