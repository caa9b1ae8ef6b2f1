import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fate } from '../../../comfyui/index.js';
import { attemptMoves, type AttemptState } from '../../../jobs/index.js';
import { type AttemptFacts, type Step, stepAfter } from './step.js';

const parts = { outputs: {}, messages: [], startedAtMs: undefined, endedAtMs: undefined };
const fates: fc.Arbitrary<Fate> = fc.oneof(
  fc.constant<Fate>({ kind: 'absent' }),
  fc.nat(3).map((position): Fate => ({ kind: 'pending', position })),
  fc.constant<Fate>({ kind: 'running' }),
  fc.constant<Fate>({ kind: 'succeeded', ...parts }),
  fc.constant<Fate>({ kind: 'interrupted', ...parts }),
  fc
    .constantFrom('torch.OutOfMemoryError', 'RuntimeError', 'CUDA error')
    .map((type): Fate => ({ kind: 'failed', error: { exception_type: type }, ...parts })),
);
/** The states in which a node is asked. */
const askedStates = ['sending', 'accepted', 'running', 'collecting'] as const satisfies AttemptState[];
const facts: fc.Arbitrary<AttemptFacts> = fc.record({
  state: fc.constantFrom(...askedStates),
  settled: fc.boolean(),
  cancelRequested: fc.boolean(),
  withdrawRequested: fc.boolean(),
  heardStart: fc.boolean(),
  began: fc.boolean(),
  overdue: fc.boolean(),
});

function target(step: Step): AttemptState | undefined {
  if (step.kind === 'advance') return step.to;
  if (step.kind === 'collect') return 'collecting';
  return step.kind === 'close' ? 'closed' : undefined;
}

describe('what the owner of an attempt does next', () => {
  it('is a lawful move, or none', () => {
    fc.assert(
      fc.property(fates, facts, fc.boolean(), (fate, known, askedOff) => {
        // A collecting attempt was seen to have ended: its node cannot list it again.
        fc.pre(known.state !== 'collecting' || !['pending', 'running'].includes(fate.kind));
        const to = target(stepAfter(fate, known, askedOff)) ?? known.state;
        expect([known.state, ...attemptMoves[known.state]]).toContain(to);
      }),
    );
  });

  it('never closes a prompt that may still arrive (I5)', () => {
    fc.assert(
      fc.property(facts, fc.boolean(), (known, askedOff) => {
        const unsettled = { ...known, state: 'sending' as const, settled: false };
        expect(stepAfter({ kind: 'absent' }, unsettled, askedOff)).toEqual({ kind: 'wait' });
      }),
    );
  });

  it('never closes a prompt that is still to be run, or is running (I5)', () => {
    fc.assert(
      fc.property(fates, facts, fc.boolean(), (fate, known, askedOff) => {
        fc.pre(fate.kind === 'pending' || fate.kind === 'running');
        expect(stepAfter(fate, known, askedOff).kind).not.toBe('close');
      }),
    );
  });

  it('collects every success, and nothing else (I6)', () => {
    fc.assert(
      fc.property(fates, facts, fc.boolean(), (fate, known, askedOff) => {
        expect(stepAfter(fate, known, askedOff).kind === 'collect').toBe(fate.kind === 'succeeded');
      }),
    );
  });

  it('says that a prompt never arrived, or was lost, only of one that was not, or was, known to be there', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const asked = { ...known, settled: true, cancelRequested: false };
        const outcome = known.state === 'sending' ? 'not_arrived' : 'node_lost';
        expect(stepAfter({ kind: 'absent' }, asked, false)).toMatchObject({ kind: 'close', outcome });
      }),
    );
  });

  it('says that a prompt was taken back only when its node was asked to, and nobody heard it begin', () => {
    fc.assert(
      fc.property(fates, facts, fc.boolean(), (fate, known, askedOff) => {
        const step = stepAfter(fate, known, askedOff);
        const isTakenBack = step.kind === 'close' && step.outcome === 'withdrawn';
        expect(isTakenBack && (!askedOff || known.heardStart || known.state !== 'accepted')).toBe(false);
      }),
    );
  });
});
