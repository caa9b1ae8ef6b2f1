import { describe, expect, it } from 'vitest';
import { type Silence, silenceAfter } from './unreachable.js';

/** A node that fails to answer, time after time. */
function node(graceMs: number) {
  let known: Silence = {};
  const failed = (refused: boolean, beganMs: number, nowMs: number, processEnded = false) => {
    const { silence, forMs } = silenceAfter(known, { refused, beganMs, nowMs, processEnded, graceMs });
    known = silence;
    return forMs;
  };
  return { failed };
}

describe('how long a silent node is waited for', () => {
  it('silence is waited out for the whole grace time', () => {
    const { failed } = node(60_000);
    expect(failed(false, 0, 0)).toBeUndefined();
    expect(failed(false, 59_999, 59_999)).toBeUndefined();
    expect(failed(false, 60_000, 60_000)).toBe(60_000);
  });

  it('silence counts from when the unanswered question was asked', () => {
    const { failed } = node(60_000);
    expect(failed(false, 0, 30_000)).toBeUndefined();
    expect(failed(false, 32_000, 62_000)).toBe(62_000);
  });

  it('a port that stays closed ends the wait after ten seconds', () => {
    const { failed } = node(60_000);
    expect(failed(true, 0, 0)).toBeUndefined();
    expect(failed(true, 10_000, 10_000)).toBe(10_000);
  });

  it('a timeout between two refusals starts the count of refusals again', () => {
    const { failed } = node(60_000);
    failed(true, 0, 0);
    failed(false, 9_000, 9_000);
    expect(failed(true, 11_000, 11_000)).toBeUndefined();
  });

  it('a closed port ends it at once when the process is known to have ended, and silence does not', () => {
    const { failed } = node(60_000);
    expect(failed(false, 0, 1_000, true)).toBeUndefined();
    expect(failed(true, 1_000, 1_000, true)).toBe(1_000);
  });
});
