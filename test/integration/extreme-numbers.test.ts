/** Whatever was learned and whatever a node's clock says, a job is taken in, run and settled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { StoredJobs } from '../support/stored-jobs.js';

describe('a job with numbers that no column holds', () => {
  let database: TestDatabase;
  let stored: StoredJobs;
  let classId: number;

  beforeAll(async () => {
    database = await createDatabase();
    stored = new StoredJobs(database.pool);
    await stored.lead();
    classId = await stored.classOf('extreme');
  });
  afterAll(async () => database.drop());

  const extremes = [0, -1, 0.4, 2 ** 31, 2 ** 53, 1e308, Infinity, Number.NaN];

  it.each(extremes)('is taken in, run and settled: %s', async (value) => {
    const id = await stored.submit(classId, {
      estimateMs: value,
      workUnits: value,
      runLimitMs: value,
    });
    const attempt = await stored.place(id, `node ${value}`);
    const running = await stored.run(attempt!, []);
    const collecting = await stored.attempts.toCollecting(running, { runMs: value, setUpMs: value });
    const state = await stored.attempts.settle(collecting!, {
      outcome: 'ok',
      disposition: { kind: 'succeed' },
      error: null,
      outputs: [],
      run: null,
    });
    expect(state).toBe('succeeded');
  });

  it('leaves its tenant a tag that other jobs can be measured by', async () => {
    const { rows } = await database.pool.query<{ vfinish: number }>(`SELECT vfinish FROM tenant`);
    expect(rows.length).toBeGreaterThan(0);
    for (const { vfinish } of rows) expect(Number.isFinite(vfinish)).toBe(true);
  });
});
