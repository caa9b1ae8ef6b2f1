import { describe, expect, it } from 'vitest';
import type { Fate } from '../../../comfyui/index.js';
import { type AttemptFacts, hasJustBegun, stepAfter as stepAfterAsking } from './step.js';

const stepAfter = (fate: Fate, facts: AttemptFacts, askedOff = false) =>
  stepAfterAsking(fate, facts, askedOff);
const settledParts = { outputs: {}, messages: [], startedAtMs: undefined, endedAtMs: undefined };
const absent: Fate = { kind: 'absent' };
const running: AttemptFacts = {
  state: 'running',
  settled: false,
  cancelRequested: false,
  withdrawRequested: false,
  heardStart: false,
  began: false,
  overdue: false,
};
const sending: AttemptFacts = { ...running, state: 'sending' };

it.each([
  [{}, true],
  [{ heardStart: false }, false],
  [{ state: 'running' as const }, false],
  [{ cancelRequested: true }, false],
  [{ withdrawRequested: true }, false],
])('takes the word of the node that a run begins unless something else is wanted: %j', (facts, believed) => {
  const accepted = {
    state: 'accepted' as const,
    heardStart: true,
    cancelRequested: false,
    withdrawRequested: false,
  };
  expect(hasJustBegun({ ...accepted, ...facts })).toBe(believed);
});

describe('what follows from a reading of the node', () => {
  it('an unanswered post that is absent waits until it is settled, then never arrived', () => {
    expect(stepAfter(absent, sending)).toEqual({ kind: 'wait' });
    expect(stepAfter(absent, { ...sending, settled: true })).toMatchObject({
      kind: 'close',
      outcome: 'not_arrived',
    });
  });

  it('a prompt that the node had and no longer knows is lost with the node’s memory', () => {
    for (const state of ['accepted', 'running'] as const)
      expect(stepAfter(absent, { ...running, state })).toMatchObject({ outcome: 'node_lost' });
  });

  it('what the scheduler wants back is taken from the queue of its node, but never out of a run', () => {
    const wanted: AttemptFacts = { ...running, state: 'accepted', withdrawRequested: true };
    expect(stepAfter({ kind: 'pending', position: 0 }, wanted)).toEqual({ kind: 'stop', running: false });
    expect(stepAfter(absent, wanted, true)).toMatchObject({ kind: 'close', outcome: 'withdrawn' });
    expect(stepAfter({ kind: 'running' }, wanted)).toEqual({ kind: 'advance', to: 'running' });
    expect(stepAfter({ kind: 'running' }, { ...wanted, state: 'running' })).toEqual({ kind: 'wait' });
  });

  it('what is wanted back, began, and is gone was lost with its node, not taken back', () => {
    const began: AttemptFacts = { ...running, state: 'accepted', withdrawRequested: true, heardStart: true };
    expect(stepAfter(absent, began, true)).toMatchObject({ kind: 'close', outcome: 'node_lost' });
  });

  it.each([{ withdrawRequested: true }, { overdue: true }])(
    'what nobody asked the node to take off its queue was lost with its memory, perhaps after it ran: %j',
    (wish) => {
      const accepted: AttemptFacts = { ...running, state: 'accepted', ...wish };
      expect(stepAfter(absent, accepted)).toMatchObject({ kind: 'close', outcome: 'node_lost' });
    },
  );

  it('a post found pending or running was accepted', () => {
    expect(stepAfter({ kind: 'pending', position: 0 }, sending)).toEqual({ kind: 'advance', to: 'accepted' });
    expect(stepAfter({ kind: 'running' }, sending)).toEqual({ kind: 'advance', to: 'running' });
  });

  it('a success is collected even when a cancel came too late', () => {
    expect(
      stepAfter({ kind: 'succeeded', ...settledParts }, { ...running, cancelRequested: true }),
    ).toMatchObject({ kind: 'collect' });
  });

  it('a cancel stops the prompt where it is, and its interrupt then ends it as cancelled', () => {
    const cancelled = { ...running, cancelRequested: true };
    expect(stepAfter({ kind: 'pending', position: 0 }, cancelled)).toEqual({ kind: 'stop', running: false });
    expect(stepAfter({ kind: 'running' }, cancelled)).toEqual({ kind: 'stop', running: true });
    expect(stepAfter({ kind: 'interrupted', ...settledParts }, cancelled)).toMatchObject({
      outcome: 'cancelled',
    });
    expect(stepAfter(absent, cancelled)).toMatchObject({ outcome: 'cancelled' });
  });

  it('an interrupt nobody here asked for is somebody else’s', () => {
    expect(stepAfter({ kind: 'interrupted', ...settledParts }, running)).toMatchObject({
      outcome: 'interrupted',
    });
  });

  it('a run over its time is stopped, and closes as a timeout', () => {
    const overdue = { ...running, overdue: true };
    expect(stepAfter({ kind: 'running' }, overdue)).toEqual({ kind: 'stop', running: true });
    expect(stepAfter({ kind: 'interrupted', ...settledParts }, overdue)).toMatchObject({
      outcome: 'timeout',
    });
  });

  it('a prompt that waits too long in the queue of its node is taken back, and runs elsewhere', () => {
    const waiting = { ...running, state: 'accepted' as const, overdue: true };
    expect(stepAfter({ kind: 'pending', position: 1 }, waiting)).toEqual({ kind: 'stop', running: false });
    expect(stepAfter(absent, waiting, true)).toMatchObject({ outcome: 'withdrawn' });
  });

  it('a failure is classed by what the node says of it', () => {
    const failed = (exception_type: string, exception_message: string): Fate => ({
      kind: 'failed',
      error: { exception_type, exception_message, node_id: '57', node_type: 'KSamplerAdvanced' },
      ...settledParts,
    });
    expect(stepAfter(failed('torch.OutOfMemoryError', 'out of memory'), running)).toMatchObject({
      outcome: 'oom',
    });
    expect(
      stepAfter(failed('RuntimeError', 'CUDA error: an illegal memory access was encountered'), running),
    ).toMatchObject({ outcome: 'node_fault' });
    expect(stepAfter(failed('ValueError', 'bad'), running)).toMatchObject({ outcome: 'job_error' });
  });
});
