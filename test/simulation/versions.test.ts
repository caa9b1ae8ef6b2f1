/** SIMULATION_SEED replays one seed. */
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Versions } from './versions.js';

/** No replica reads the folder. Other files of the worker have imported the module: it is loaded anew for this one, and forgotten. */
const folder = '../../src/modules/workflows/workflow-files.js';
vi.resetModules();
vi.doMock(folder, async (original) => ({
  ...(await original<object>()),
  folderState: async () => Promise.resolve(''),
}));
const simulation = await import('./versions.js');
afterAll(() => {
  vi.doUnmock(folder);
  vi.resetModules();
});

const given = process.env['SIMULATION_SEED'];
const seeds = given === undefined ? [1, 2, 3] : [Number(given)];
const jobCount = 1_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 0 }));
afterEach(() => void vi.useRealTimers());

/** As fast as the machine is. */
async function atOnce<Result>(work: Promise<Result>): Promise<Result> {
  const clock = { isOver: false };
  const ended = work.finally(() => (clock.isOver = true));
  ended.catch(() => undefined);
  while (!clock.isOver) await vi.advanceTimersByTimeAsync(1_000);
  return ended;
}

async function live(versions: Versions): Promise<void> {
  await versions.start();
  let isOver = false;
  const turning = versions.turnUntil(() => isOver);
  await versions.submitAll(jobCount);
  const turnsBefore = versions.turns;
  // All wait while their workflows are turned on and back.
  while (versions.turns < turnsBefore + 20) await new Promise((resolve) => void setTimeout(resolve, 100));
  await versions.runAll();
  isOver = true;
  await turning;
  await versions.settled();
  await versions.stop();
}

it('fifty replicas run one version for each pinned submit, and each of 1,000 jobs that wait its own when workflows are rolled back', async () => {
  for (const seed of seeds) {
    const versions = new simulation.Versions(seed);
    await atOnce(live(versions)).catch((cause: unknown) => {
      throw new Error(`seed ${seed} (replay with SIMULATION_SEED=${seed})`, { cause });
    });
    const { turns, runs, restarts, refused } = versions;
    console.log(
      `versions: seed ${seed}, ${jobCount} jobs in ${runs} runs on 50 replicas, ${turns} turns of channels, ${restarts} restarts, ${refused} submits that failed`,
    );
    expect(runs).toBeGreaterThan(jobCount);
    expect(Math.min(turns, restarts)).toBeGreaterThan(5);
  }
}, 300_000);

it('a cluster that reads the version when a job runs is caught', async () => {
  const versions = new simulation.Versions(seeds[0]!, 'reads the latest version at the run');
  await expect(atOnce(live(versions))).rejects.toThrow('runs the version that it was submitted with');
});
