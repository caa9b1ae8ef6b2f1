import { describe, expect, it } from 'vitest';
import { Unreachable } from './unreachable.js';

describe('how long a silent node is waited for', () => {
  it('silence is waited out for the whole grace time', () => {
    const node = new Unreachable(60_000);
    expect(node.failed(false, 0, 0)).toBe('wait');
    expect(node.failed(false, 59_999, 59_999)).toBe('wait');
    expect(node.failed(false, 60_000, 60_000)).toEqual({ forMs: 60_000 });
  });

  it('silence counts from when the unanswered question was asked', () => {
    const node = new Unreachable(60_000);
    expect(node.failed(false, 0, 30_000)).toBe('wait');
    expect(node.failed(false, 32_000, 62_000)).toEqual({ forMs: 62_000 });
  });

  it('a port that stays closed ends the wait after ten seconds', () => {
    const node = new Unreachable(60_000);
    expect(node.failed(true, 0, 0)).toBe('wait');
    expect(node.failed(true, 10_000, 10_000)).toEqual({ forMs: 10_000 });
  });

  it('a timeout between two refusals starts the count of refusals again', () => {
    const node = new Unreachable(60_000);
    node.failed(true, 0, 0);
    node.failed(false, 9_000, 9_000);
    expect(node.failed(true, 11_000, 11_000)).toBe('wait');
  });

  it('a closed port ends it at once when the process is known to have ended, and silence does not', () => {
    const node = new Unreachable(60_000);
    expect(node.failed(false, 0, 1_000, true)).toBe('wait');
    expect(node.failed(true, 1_000, 1_000, true)).toEqual({ forMs: 1_000 });
  });

  it('one answer forgives everything', () => {
    const node = new Unreachable(60_000);
    node.failed(false, 0, 0);
    node.answered();
    expect(node.failed(false, 60_000, 60_000)).toBe('wait');
  });
});
