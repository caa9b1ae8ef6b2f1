import { describe, expect, it } from 'vitest';
import type { Fate } from '../../../comfyui/domain/index.js';
import { attemptMove, type Counters, countersFrom, noCounters, type Observation } from './attempt-move.js';
import type { AttemptFacts } from './step.js';

const facts: AttemptFacts = {
  state: 'running',
  settled: true,
  cancelRequested: false,
  withdrawRequested: false,
  heardStart: false,
  began: true,
  overdue: false,
};
const read = (fate: Fate): Observation => ({ kind: 'read', fate });
const silent = (nowMs: number, refused = false): Observation => ({
  kind: 'silent',
  message: 'no answer',
  refused,
  beganMs: 0,
  nowMs,
  processEnded: false,
  graceMs: 60_000,
});

/** What follows from one observation after another. */
function moves(known: AttemptFacts, seen: readonly Observation[]) {
  let counters: Counters = noCounters;
  return seen.map((one) => {
    const next = attemptMove(known, one, counters);
    counters = next.counters;
    return next.move;
  });
}

describe('what the owner of an attempt does', () => {
  it('sends what is still wanted, and closes what is not without asking its node', () => {
    const intent = { ...facts, state: 'intent' as const, began: false };
    expect(moves(intent, [{ kind: 'unsent', refusal: undefined }])).toEqual([{ kind: 'send' }]);
    expect(moves(intent, [{ kind: 'unsent', refusal: 'it drains' }])).toMatchObject([
      { kind: 'close', outcome: 'withdrawn', code: 'stale_placement' },
    ]);
    expect(
      moves({ ...intent, cancelRequested: true }, [{ kind: 'unsent', refusal: undefined }]),
    ).toMatchObject([{ kind: 'close', outcome: 'cancelled' }]);
  });

  it('knows that a prompt runs already when its node said so before it answered the post', () => {
    expect(moves({ ...facts, state: 'sending' }, [{ kind: 'posted' }])).toEqual([
      { kind: 'advance', to: 'accepted' },
    ]);
    expect(moves({ ...facts, state: 'sending', heardStart: true }, [{ kind: 'posted' }])).toEqual([
      { kind: 'advance', to: 'running' },
    ]);
  });

  it('believes a node that a run begins without a look at it, unless somebody says that it is over', () => {
    const accepted = { ...facts, state: 'accepted' as const, began: false, heardStart: true };
    const unread = (isOverSaid: boolean): Observation => ({ kind: 'unread', isOverSaid });
    expect(moves(accepted, [unread(false), unread(true)])).toEqual([
      { kind: 'advance', to: 'running' },
      { kind: 'look', fresh: false },
    ]);
    expect(moves({ ...accepted, heardStart: false }, [unread(false)])).toEqual([
      { kind: 'look', fresh: false },
    ]);
  });

  it.each(['cancelRequested', 'withdrawRequested', 'overdue'] as const)(
    'rests what it asks of a node on a reading of that moment (%s)',
    (wish) => {
      const wanted = { ...facts, [wish]: true };
      expect(moves(wanted, [{ kind: 'unread', isOverSaid: false }])).toEqual([{ kind: 'look', fresh: true }]);
    },
  );

  it('gives a node up that heeds none of thirty interrupts', () => {
    const asked = moves(
      { ...facts, cancelRequested: true },
      Array.from({ length: 31 }, () => read({ kind: 'running' })),
    );
    expect(asked.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => ({ kind: 'stop', running: true })));
    expect(asked[30]).toMatchObject({ kind: 'close', outcome: 'cancelled', zombie: true });
  });

  it('gives a result up that its node fails to tell five times', () => {
    const seen = moves(
      facts,
      Array.from({ length: 5 }, () => ({ kind: 'unreadable' as const })),
    );
    expect(seen.map(({ kind }) => kind)).toEqual(['wait', 'wait', 'wait', 'wait', 'close']);
    expect(seen[4]).toMatchObject({ outcome: 'collect_error', forgets: 'now' });
  });

  it('waits out a silence, forgets it with one answer, and never while a post may still land', () => {
    expect(moves(facts, [silent(1_000), silent(60_000)])).toMatchObject([
      { kind: 'wait' },
      { kind: 'close', outcome: 'node_lost', code: 'unreachable' },
    ]);
    const answered = moves(facts, [silent(1_000), read({ kind: 'running' }), { ...silent(60_500) }]);
    expect(answered[1]).toEqual({ kind: 'wait' });
    expect(moves({ ...facts, state: 'sending', settled: false }, [silent(60_000)])).toEqual([
      { kind: 'wait' },
    ]);
    expect(moves({ ...facts, state: 'collecting' }, [silent(60_000)])).toMatchObject([
      { outcome: 'collect_error' },
    ]);
  });

  it('tells the record of a beginning that only the socket saw, before the node is lost', () => {
    const unseen = { ...facts, state: 'accepted' as const, heardStart: true, began: false };
    expect(moves(unseen, [read({ kind: 'absent' })])).toMatchObject([
      { kind: 'close', outcome: 'node_lost', beganUnseen: true },
    ]);
    expect(moves({ ...unseen, began: true }, [read({ kind: 'absent' })])[0]).not.toHaveProperty(
      'beganUnseen',
    );
  });

  it.each([{ withdrawRequested: true }, { overdue: true }])(
    'takes back what it saw waiting and asked off, and calls lost what is gone without: %j',
    (wish) => {
      const accepted = { ...facts, state: 'accepted' as const, began: false, ...wish };
      const [pending, absent] = [read({ kind: 'pending', position: 0 }), read({ kind: 'absent' })];
      expect(moves(accepted, [absent])).toMatchObject([{ kind: 'close', outcome: 'node_lost' }]);
      expect(moves(accepted, [pending, absent])).toMatchObject([
        { kind: 'stop', running: false },
        { kind: 'close', outcome: 'withdrawn' },
      ]);
    },
  );

  it.each([
    ['sent by another and wanted back', { state: 'accepted' as const, withdrawRequested: true }, true],
    ['sent by another', { state: 'accepted' as const, withdrawRequested: false }, false],
    ['not sent', { state: 'intent' as const, withdrawRequested: true }, false],
  ])('knows what an owner before it may have asked off: %s', (_, found, askedOff) => {
    expect(countersFrom(found)).toEqual({ ...noCounters, askedOff });
  });

  it('ends with what the files of a run came to', () => {
    const results = [
      { kind: 'collected' },
      { kind: 'incomplete', code: 'output_missing', message: 'a.png', isOfEarlierRun: true },
      { kind: 'failed', message: 'no answer' },
      { kind: 'cancelled' },
    ] as const;
    expect(
      moves(
        facts,
        results.map((one) => ({ kind: 'fetched', results: one })),
      ),
    ).toMatchObject([
      { outcome: 'ok', forgets: 'soon' },
      { outcome: 'bad_output', code: 'output_missing', forgets: 'soon', rerunMakesAnew: true },
      { outcome: 'collect_error' },
      { outcome: 'cancelled' },
    ]);
  });
});
