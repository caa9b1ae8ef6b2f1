import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { OpenAttempt } from '../../jobs/index.js';
import { RunMetrics } from './run.metrics.js';

const begin = 1_700_000_000_000;
const at = (seconds: number): number => begin + seconds * 1000;

/** An attempt of which only the times matter. */
function attempt(fields: { promptId?: string; runningS: number; collectingS?: number }): OpenAttempt {
  return {
    promptId: fields.promptId ?? 'one',
    nodeId: 'gpu',
    createdAt: new Date(at(fields.runningS)),
    acceptedAt: new Date(at(fields.runningS)),
    runningAt: new Date(at(fields.runningS)),
    collectingAt: fields.collectingS === undefined ? null : new Date(at(fields.collectingS)),
  } as OpenAttempt;
}

function scene() {
  const registry = new Registry();
  const nodes = { find: () => ({}) };
  const catalogue = { labelOf: () => 'workflow', metricLabels: () => [] };
  const runs = new RunMetrics(
    registry,
    catalogue as never,
    nodes as never,
    { busy: () => undefined } as never,
  );
  const busyS = async (): Promise<number> =>
    Number(/busy_seconds_total\{node="gpu"\} (\S+)/.exec(await registry.metrics())?.[1] ?? 0);
  return { runs, busyS };
}

it('counts busy time while a run goes on, and no more than its time when it ends', async () => {
  const { runs, busyS } = scene();
  runs.follow([], at(0));
  for (const second of [1, 2, 3, 600]) {
    runs.follow([attempt({ runningS: 0 })], at(second));
    expect(await busyS()).toBeCloseTo(second);
  }
  runs.follow([attempt({ runningS: 0, collectingS: 601 })], at(605));
  expect(await busyS()).toBeCloseTo(601);
  runs.closed(attempt({ runningS: 0, collectingS: 601 }), 'ok', at(610));
  expect(await busyS()).toBeCloseTo(601);
});

it('counts a run that began and ended between two looks', async () => {
  const { runs, busyS } = scene();
  runs.follow([], at(0));
  runs.closed(attempt({ runningS: 0.2, collectingS: 0.7 }), 'ok', at(0.8));
  expect(await busyS()).toBeCloseTo(0.5);
  runs.follow([attempt({ promptId: 'two', runningS: 0.8, collectingS: 0.9 })], at(1));
  runs.closed(attempt({ promptId: 'two', runningS: 0.8, collectingS: 0.9 }), 'ok', at(1.5));
  expect(await busyS()).toBeCloseTo(0.6);
});

it('counts of a run that was taken over only what it followed itself', async () => {
  const { runs, busyS } = scene();
  runs.follow([], at(500));
  runs.follow([attempt({ runningS: 0 })], at(501));
  runs.follow([attempt({ runningS: 0 })], at(510));
  expect(await busyS()).toBeCloseTo(10);
});
