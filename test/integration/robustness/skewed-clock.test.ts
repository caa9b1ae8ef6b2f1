/** A box whose wall clock is wrong keeps how long runs took as one whose clock is right. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment } from '../../support/deployment.js';
import { LyingNode, say } from '../../support/lying-node.js';

const skewedClock = new URL('../../chaos/skewed-clock.program.mjs', import.meta.url).href;
const minuteMs = 60_000;

let node: LyingNode;
let deployment: Deployment;

beforeAll(async () => {
  node = await LyingNode.start();
  // Every run took an hour by what its node says: what is kept of it is what ours allow.
  node.lie = (place, text) =>
    place === '/history'
      ? text.replace(
          /("execution_start",.*?"timestamp":)(\d+)/,
          (_, head: string, at: string) => `${head}${Number(at) - 60 * minuteMs}`,
        )
      : text;
  deployment = await Deployment.create([]);
});
afterAll(async () => {
  await deployment.destroy();
  await node.stop();
});

it.each([
  ['ten minutes behind', -10],
  ['ten minutes ahead', 10],
])('bounds a run by the age of its attempt where the clock is %s', async (_, minutes) => {
  const service = await deployment.start(
    {
      NODES: `n=${node.url}`,
      SIMULATE: 'off',
      NODE_OPTIONS: `--import=${skewedClock}`,
      CLOCK_SKEW_MS: String(minutes * minuteMs),
    },
    { nodesReady: false },
  );
  const sinceMs = performance.now();
  const id = await service.jobs.submit(say({ text: ['x'] }));
  expect((await service.jobs.ended(id, 60_000)).state).toBe('succeeded');
  const { rows } = await deployment.database!.pool.query<{ run_ms: number }>(
    'SELECT run_ms FROM attempt WHERE job_id = $1',
    [id],
  );
  const { run_ms: runMs } = rows[0]!;
  expect(runMs).toBeGreaterThan(minuteMs);
  expect(runMs).toBeLessThan(minuteMs + (performance.now() - sinceMs));
  await service.stop();
});
