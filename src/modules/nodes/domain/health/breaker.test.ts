import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admission,
  closedBreaker,
  onCanarySent,
  onFault,
  onInconclusive,
  onSuccess,
  openMaxMs,
  openStepMs,
  type Breaker,
} from './breaker.js';

const fault = (atMs: number, { sticky = false, random = 0 } = {}) => ({ atMs, sticky, random });
const faults = (breaker: Breaker, count: number): Breaker =>
  Array.from({ length: count }).reduce<Breaker>((state) => onFault(state, fault(0)), breaker);
const openOnce = faults(closedBreaker(), 3);

describe('a breaker', () => {
  it('opens on three faults in a row and not before; a success starts the count again', () => {
    expect(admission(faults(closedBreaker(), 2), 0)).toBe('all');
    expect(openOnce).toEqual({ state: 'open', untilMs: openStepMs, timesOpened: 1 });
    expect(admission(faults(onSuccess(faults(closedBreaker(), 2)), 2), 0)).toBe('all');
  });

  it('opens at once on a sticky GPU fault', () => {
    expect(onFault(closedBreaker(), fault(5, { sticky: true }))).toMatchObject({
      state: 'open',
      untilMs: 5 + openStepMs,
    });
  });

  it('lets one canary through when its time is over, and nothing beside it', () => {
    expect(admission(openOnce, openStepMs - 1)).toBe('none');
    expect(admission(openOnce, openStepMs)).toBe('canary');
    expect(admission(onCanarySent(openOnce, 'p'), openStepMs)).toBe('none');
  });

  it('closes when the canary succeeds, opens twice as long when it fails', () => {
    expect(admission(onSuccess(onCanarySent(openOnce, 'p')), 0)).toBe('all');
    expect(onFault(onCanarySent(openOnce, 'p'), fault(100_000))).toEqual({
      state: 'open',
      untilMs: 100_000 + 2 * openStepMs,
      timesOpened: 2,
    });
  });

  it('asks for another canary when one proves nothing', () => {
    expect(admission(onInconclusive(onCanarySent(openOnce, 'p'), 'p'), 0)).toBe('canary');
    expect(onInconclusive(openOnce, 'p')).toBe(openOnce);
  });

  it('is not moved by runs that began before it opened', () => {
    expect(onFault(openOnce, fault(1))).toBe(openOnce);
    expect(onSuccess(openOnce)).toBe(openOnce);
  });

  it('forgets one opening for each success while closed', () => {
    const closed = onSuccess(onCanarySent(openOnce, 'p'));
    expect(closed.timesOpened).toBe(1);
    expect(onSuccess(closed).timesOpened).toBe(0);
    expect(onSuccess(onSuccess(closed)).timesOpened).toBe(0);
  });

  it('never stays open for less than 30 s or more than 10 min', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(random, { minLength: 25, maxLength: 50 }), (draws) => {
        let breaker: Breaker = closedBreaker();
        for (const draw of draws) {
          breaker = onFault(onCanarySent(breaker, 'p'), fault(0, { sticky: true, random: draw }));
          if (breaker.state !== 'open') throw new Error('a sticky fault opens');
          expect(breaker.untilMs).toBeGreaterThanOrEqual(openStepMs);
          expect(breaker.untilMs).toBeLessThanOrEqual(openMaxMs);
        }
      }),
    );
  });
});
