import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adminEvents,
  mayReceive,
  newNode,
  reduceHealth,
  refusalOf,
  type HealthEvent,
  type NodeHealth,
  type PollFailure,
} from './health.js';
import { inheritedHealth, type NodeTruth } from './truth.js';

const probe: HealthEvent[] = [
  { type: 'probe_started', atMs: 0 },
  { type: 'probed', atMs: 0, incompatible: [] },
];
const run = (...events: HealthEvent[]): NodeHealth => events.reduce(reduceHealth, newNode());
const ready = (...events: HealthEvent[]): NodeHealth => run(...probe, ...events);
const failed = (atMs: number, cause: PollFailure = 'refused', busy = false): HealthEvent => ({
  type: 'poll_failed',
  atMs,
  cause,
  busy,
});
const ok = (atMs: number): HealthEvent => ({ type: 'poll_ok', atMs });
const downed = [failed(0), failed(5_000), failed(60_000)];

describe('a node', () => {
  it('receives nothing before its inventory was read', () => {
    expect(refusalOf(run())).toBe('unknown');
    expect(refusalOf(run({ type: 'probe_started', atMs: 0 }, ok(1)))).toBe('probing');
    expect(mayReceive(ready())).toBe(true);
  });

  it('survives one lost poll, is suspect after two, and ready again at the first good answer', () => {
    expect(ready(failed(0)).state.name).toBe('ready');
    expect(ready(failed(0), ok(1), failed(2)).state.name).toBe('ready');
    expect(ready(failed(0), failed(5_000))).toMatchObject({ state: { name: 'suspect', sinceMs: 5_000 } });
    expect(ready(failed(0), failed(5_000), ok(6_000)).state.name).toBe('ready');
  });

  it('is down after 60 s of failures and not before', () => {
    expect(ready(failed(0), failed(5_000), failed(59_999)).state.name).toBe('suspect');
    expect(ready(...downed).state).toEqual({
      name: 'down',
      sinceMs: 60_000,
      cause: 'refused',
      inventoried: true,
    });
  });

  it('is down at once on evidence that it is gone', () => {
    expect(ready({ type: 'gone', atMs: 7 }).state).toMatchObject({ name: 'down', sinceMs: 7, cause: 'gone' });
  });

  it('comes back from down at the first good answer, through a probe if it was never probed', () => {
    expect(ready(...downed, ok(70_000)).state.name).toBe('ready');
    expect(run({ type: 'probe_started', atMs: 0 }, ...downed, ok(70_000)).state.name).toBe('probing');
  });

  it('is slow, not dead, while it works and only times out', () => {
    const slow = ready(
      failed(0, 'timeout', true),
      failed(5_000, 'timeout', true),
      failed(590_000, 'timeout', true),
    );
    expect(slow).toMatchObject({ state: { name: 'suspect' }, flags: ['slow'] });
    expect(reduceHealth(slow, ok(591_000))).toMatchObject({ state: { name: 'ready' }, flags: [] });
    expect(reduceHealth(slow, failed(600_000, 'timeout', true)).state.name).toBe('down');
    expect(reduceHealth(slow, failed(591_000, 'refused', true)).state.name).toBe('down');
  });

  it('is incompatible with reasons until a probe says otherwise', () => {
    const incompatible = run(...probe, { type: 'probed', atMs: 5, incompatible: ['no classes'] });
    expect(incompatible.state).toMatchObject({ name: 'incompatible', reasons: ['no classes'] });
    expect(refusalOf(reduceHealth(incompatible, ok(6)))).toBe('incompatible');
    expect(mayReceive(reduceHealth(incompatible, { type: 'probed', atMs: 7, incompatible: [] }))).toBe(true);
  });
});

const raised = (flag: 'zombie' | 'sick_gpu' | 'ws_stalled') => ready({ type: 'flag_raised', flag });

describe('faults that no poll shows', () => {
  it('a zombie and a sick GPU receive nothing, a stalled socket does not matter', () => {
    expect(refusalOf(raised('zombie'))).toBe('zombie');
    expect(refusalOf(raised('sick_gpu'))).toBe('sick_gpu');
    expect(mayReceive(raised('ws_stalled'))).toBe(true);
  });

  it('outlast good answers and end with the process', () => {
    expect(refusalOf(reduceHealth(raised('zombie'), ok(1)))).toBe('zombie');
    expect(mayReceive(reduceHealth(raised('zombie'), { type: 'restarted' }))).toBe(true);
    expect(mayReceive([failed(1), ok(2)].reduce(reduceHealth, raised('sick_gpu')))).toBe(true);
    expect(refusalOf([failed(1, 'timeout'), ok(2)].reduce(reduceHealth, raised('sick_gpu')))).toBe(
      'sick_gpu',
    );
  });

  it('can be cleared by hand', () => {
    expect(mayReceive(reduceHealth(raised('zombie'), { type: 'flag_cleared', flag: 'zombie' }))).toBe(true);
  });
});

describe("an operator's wish", () => {
  it('drains, is drained once empty, and takes work again after undrain', () => {
    const draining = ready({ type: 'drain' });
    expect(refusalOf(draining)).toBe('draining');
    const drained = reduceHealth(draining, { type: 'emptied' });
    expect(refusalOf(drained)).toBe('drained');
    expect(reduceHealth(drained, { type: 'occupied' }).admin).toBe('draining');
    expect(mayReceive(reduceHealth(drained, { type: 'undrain' }))).toBe(true);
  });

  it.each([
    ['active', false, true, undefined],
    ['active', true, true, 'draining'],
    ['active', true, false, 'drained'],
    ['draining', false, true, 'draining'],
    ['draining', false, false, 'drained'],
    ['disabled', false, true, 'disabled'],
  ] as const)('%s, leaving %s, busy %s: refuses work as %s', (admin, leaving, busy, refusal) => {
    expect(refusalOf(ready(...adminEvents({ admin, leaving }, busy)))).toBe(refusal);
  });

  it('an empty node that is not draining stays in service', () => {
    expect(mayReceive(ready({ type: 'emptied' }))).toBe(true);
  });

  it('disabled is left by enable or by a drain, not by undrain', () => {
    const disabled = ready({ type: 'disable' }, { type: 'undrain' }, { type: 'emptied' });
    expect(refusalOf(disabled)).toBe('disabled');
    expect(mayReceive(reduceHealth(disabled, { type: 'enable' }))).toBe(true);
    expect(refusalOf(reduceHealth(disabled, { type: 'drain' }))).toBe('draining');
  });
});

const event: fc.Arbitrary<HealthEvent> = fc.oneof(
  fc.record({ type: fc.constant('poll_ok' as const), atMs: fc.constant(0) }),
  fc.record({
    type: fc.constant('poll_failed' as const),
    atMs: fc.constant(0),
    cause: fc.constantFrom('refused' as const, 'timeout' as const, 'error' as const),
    busy: fc.boolean(),
  }),
  fc.record({ type: fc.constant('probe_started' as const), atMs: fc.constant(0) }),
  fc.record({
    type: fc.constant('probed' as const),
    atMs: fc.constant(0),
    incompatible: fc.array(fc.constant('x'), { maxLength: 1 }),
  }),
  fc.record({ type: fc.constant('gone' as const), atMs: fc.constant(0) }),
  fc.record({
    type: fc.constantFrom('flag_raised' as const),
    flag: fc.constantFrom('zombie' as const, 'slow' as const),
  }),
  fc.record({
    type: fc.constantFrom(
      'drain' as const,
      'undrain' as const,
      'disable' as const,
      'enable' as const,
      'emptied' as const,
      'restarted' as const,
    ),
  }),
);
const timed = fc.array(fc.tuple(event, fc.nat(40_000)), { maxLength: 60 }).map((steps) => {
  let nowMs = 0;
  return steps.map(([step, pauseMs]) => {
    nowMs += pauseMs;
    return 'atMs' in step ? { ...step, atMs: nowMs } : step;
  });
});

describe('whatever happens', () => {
  it('polls never change what the operator asked for, and the operator never changes health', () => {
    fc.assert(
      fc.property(timed, (events) => {
        events.reduce((node, step) => {
          const next = reduceHealth(node, step);
          expect('atMs' in step ? next.admin === node.admin : next.state === node.state).toBe(true);
          return next;
        }, newNode());
      }),
    );
  });

  it('a node that may receive has an inventory, fewer than two failures in a row, and nobody draining it', () => {
    fc.assert(
      fc.property(timed, (events) => {
        let probed = false;
        let failures = 0;
        let node = newNode();
        for (const step of events) {
          node = reduceHealth(node, step);
          if (step.type === 'probed') probed = true;
          if (step.type === 'poll_failed') failures += 1;
          if (step.type === 'poll_ok' || step.type === 'probed') failures = 0;
          if (!mayReceive(node)) continue;
          expect(probed && failures < 2 && node.admin === 'none').toBe(true);
        }
      }),
    );
  });
});

describe('a node that another replica judges from now on', () => {
  const told = (state: NodeTruth['state'], unseenForMs: number): NodeTruth => ({
    ver: 7,
    state,
    reason: null,
    flags: [],
    breaker: { state: 'closed', remainingMs: null, consecutiveFaults: 0, timesOpened: 0, canary: null },
    unseenForMs,
  });
  const inherited = (state: NodeTruth['state'], unseenForMs: number): NodeHealth =>
    inheritedHealth(told(state, unseenForMs), 'none', 1_000_000);

  it('is down a minute after it was last heard, however many owners it had meanwhile', () => {
    const away = inherited('suspect', 50_000);
    expect(away.state.name).toBe('suspect');
    expect(reduceHealth(away, failed(1_009_000)).state.name).toBe('suspect');
    expect(reduceHealth(away, failed(1_010_000)).state.name).toBe('down');
  });

  it('stands as it was told to if that is no older than a lease, and is asked anew if it is', () => {
    expect(inherited('ready', 5_000).state.name).toBe('ready');
    expect(inherited('ready', 30_000).state.name).toBe('unknown');
  });
});
