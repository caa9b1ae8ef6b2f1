import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import { PeriodicLoop } from './index.js';

/** A loop whose turns the test ends by hand. */
function bundle({ intervalMs = 1_000 } = {}) {
  const clock = new ManualClock();
  const turns: { end: () => void; fail: () => void; signal: AbortSignal }[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const loop = new PeriodicLoop({
    name: 'test',
    intervalMs,
    log: pino({ level: 'silent' }),
    clock,
    backoffMaxMs: 4_000,
    turn: async (signal) => {
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      await new Promise<void>((resolve, reject) =>
        turns.push({ end: resolve, fail: () => reject(new Error('turn')), signal }),
      ).finally(() => (running -= 1));
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    loop,
    clock,
    turns,
    mostAtOnce: () => mostAtOnce,
    advance: async (durationMs: number) => {
      clock.advance(durationMs);
      await settle();
    },
    end: async (turn: number) => {
      turns[turn]?.end();
      await settle();
    },
    fail: async (turn: number) => {
      turns[turn]?.fail();
      await settle();
    },
  };
}

describe('a periodic loop', () => {
  it('runs at once and then an interval after each end', async () => {
    const { loop, advance, end, turns } = bundle();
    loop.start();
    await advance(0);
    expect(turns).toHaveLength(1);
    await advance(5_000);
    await end(0);
    await advance(999);
    expect(turns).toHaveLength(1);
    await advance(1);
    expect(turns).toHaveLength(2);
  });

  it('runs one turn for many wakes before it, and one more for many wakes during it', async () => {
    const { loop, advance, end, turns, mostAtOnce } = bundle();
    loop.start();
    for (let i = 0; i < 5; i += 1) loop.wake();
    await advance(0);
    expect(turns).toHaveLength(1);
    for (let i = 0; i < 5; i += 1) loop.wake();
    await end(0);
    await advance(0);
    expect(turns).toHaveLength(2);
    await end(1);
    await advance(0);
    expect(turns).toHaveLength(2);
    expect(mostAtOnce()).toBe(1);
  });

  it('wakes once after a while, by the newest word on it, and not after its end', async () => {
    const { loop, clock, advance, end, turns } = bundle({ intervalMs: 60_000 });
    loop.start();
    await advance(0);
    await end(0);
    loop.wakeIn(500);
    loop.wakeIn(2_000);
    await advance(1_999);
    expect(turns).toHaveLength(1);
    await advance(1);
    expect(turns).toHaveLength(2);
    await end(1);
    loop.wakeIn(500);
    await loop.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops after its turn, which it tells to hurry', async () => {
    const { loop, clock, advance, end, turns } = bundle();
    loop.start();
    await advance(0);
    let stopped = false;
    const stop = loop.stop().then(() => (stopped = true));
    await advance(0);
    expect([stopped, turns[0]?.signal.aborted]).toEqual([false, true]);
    await end(0);
    await stop;
    loop.wake();
    await advance(10_000);
    expect(turns).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('may be stopped before its start and twice, started twice, and started again', async () => {
    const { loop, advance, turns, end } = bundle();
    await loop.stop();
    loop.start();
    loop.start();
    await advance(0);
    expect(turns).toHaveLength(1);
    await end(0);
    await Promise.all([loop.stop(), loop.stop()]);
    loop.start();
    await advance(0);
    expect(turns).toHaveLength(2);
  });

  it('never runs two turns at once, also when it is started again before its turn ended', async () => {
    const { loop, advance, end, turns, mostAtOnce } = bundle();
    loop.start();
    await advance(0);
    void loop.stop();
    loop.start();
    await advance(10_000);
    expect(turns).toHaveLength(1);
    await end(0);
    await advance(1_000);
    expect(turns).toHaveLength(2);
    expect(mostAtOnce()).toBe(1);
  });

  it('backs off while turns fail, up to a bound, whoever wakes it, and recovers with the first good one', async () => {
    const { loop, advance, end, fail, turns } = bundle();
    loop.start();
    await advance(0);
    for (const [turn, delayMs] of [1_000, 2_000, 4_000, 4_000].entries()) {
      await fail(turn);
      loop.wake();
      await advance(delayMs - 1);
      expect(turns).toHaveLength(turn + 1);
      await advance(1);
      expect(turns).toHaveLength(turn + 2);
    }
    await end(4);
    loop.wake();
    await advance(0);
    expect(turns).toHaveLength(6);
  });

  it('goes on when a turn throws before it waits', async () => {
    const clock = new ManualClock();
    let turns = 0;
    const loop = new PeriodicLoop({
      name: 'test',
      intervalMs: 100,
      log: pino({ level: 'silent' }),
      clock,
      turn: () => {
        turns += 1;
        throw new Error('at once');
      },
    });
    loop.start();
    for (let i = 0; i < 3; i += 1) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBe(3);
    await loop.stop();
  });
});
