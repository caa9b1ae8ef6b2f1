import { expect, it } from 'vitest';
import { busySpan, gapsBetween } from './time-line.js';

const at = (ms: number): Date => new Date(ms);

it('a node is busy from the start of a run to its end, not while files are fetched', () => {
  expect(busySpan({ runningAt: at(10), collectingAt: at(30), closedAt: at(50) }, 99)).toEqual({
    fromMs: 10,
    toMs: 30,
  });
  expect(busySpan({ runningAt: at(10), collectingAt: null, closedAt: at(50) }, 99)).toEqual({
    fromMs: 10,
    toMs: 50,
  });
  expect(busySpan({ runningAt: at(10), collectingAt: null, closedAt: null }, 99)).toEqual({
    fromMs: 10,
    toMs: 99,
  });
  expect(busySpan({ runningAt: null, collectingAt: null, closedAt: at(50) }, 99)).toBeNull();
  expect(busySpan({ runningAt: at(10), collectingAt: null, closedAt: at(5) }, 99)).toEqual({
    fromMs: 10,
    toMs: 10,
  });
});

it('gaps are what no run covers, whatever the order and overlap of the runs', () => {
  const spans = [
    { fromMs: 60, toMs: 80 },
    { fromMs: 0, toMs: 30 },
    { fromMs: 20, toMs: 40 },
  ];
  expect(gapsBetween(spans, { fromMs: 10, toMs: 100 }, 5)).toEqual([
    { fromMs: 40, toMs: 60 },
    { fromMs: 80, toMs: 100 },
  ]);
  expect(gapsBetween(spans, { fromMs: 10, toMs: 100 }, 25)).toEqual([]);
  expect(gapsBetween([], { fromMs: 10, toMs: 100 }, 5)).toEqual([{ fromMs: 10, toMs: 100 }]);
});
