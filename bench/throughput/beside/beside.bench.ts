/**
 * What users would pick instead, beside ours in the same run: bare nodes, the real ComfyUI that COMFYUI_URL names, and, when BENCH_OTHERS names
 * a folder with them (contenders.ts), other balancers. All in front of the same simulated nodes, whose own records tell when runs began and ended.
 * Writes its part of docs/performance.md, or of BENCH_PAGE.
 */
import { loadavg } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../../../test/support/poll.js';
import type { Bar } from '../bars.js';
import { yardstickMs } from '../meters.js';
import { answersOf, ms, Page } from '../page.js';
import { loaded } from '../scene.js';
import {
  apiProxy,
  apiWrapper,
  bareNodes,
  comfyuiLb,
  type Contender,
  type Open,
  othersDir,
  ours,
  realServer,
  type Taker,
} from './contenders.js';
import { endedSince, figuresOf, type Run } from '../runs.js';

const contenders: Record<string, Open> = {
  'bare nodes, one after the other': bareNodes,
  ours,
  ...(othersDir !== undefined && {
    comfyui_lb: comfyuiLb,
    'comfyui-api-wrapper': apiWrapper,
    'comfy-api-proxy (one node)': apiProxy,
  }),
};
const realUrl = process.env['COMFYUI_URL'];
const seconds = 4;
const page = new Page('beside others');

afterAll(() => page.write());

async function within<T extends Taker>(
  opening: Promise<T>,
  measure: (taker: T) => Promise<void>,
): Promise<void> {
  const taker = await opening;
  try {
    await measure(taker);
  } finally {
    await taker.close();
  }
}

/** Runs of ten seconds: nodes have next to nothing to do meanwhile. */
const takers: Record<string, () => Promise<Taker>> = {
  ...Object.fromEntries(
    Object.entries(contenders).map(([name, open]) => [name, () => open({ nodes: 3, stepMs: 10_000 })]),
  ),
  ...(realUrl !== undefined && { 'a real ComfyUI that runs nothing': () => realServer(realUrl) }),
};

it('submits', async () => {
  page.say(`Load average before ${loadavg()[0]!.toFixed(1)}; yardstick ${ms(yardstickMs())} ms of CPU.`);
  page.table('submit, three nodes with runs of 10 s', 'clients', 'a second', 'p50 ms', 'p99 ms', 'ms CPU');
  for (const clients of [1, 16, 64])
    for (const [name, open] of Object.entries(takers))
      await within(open(), async ({ submit, cpuMs }) => {
        await loaded({ ...submit, clients, seconds: 1 });
        const fromMs = await cpuMs();
        const answers = await loaded({ ...submit, clients, seconds });
        const costMs = (await cpuMs()) - fromMs;
        page.row(name, String(clients), ...answersOf(answers), (costMs / answers.answered).toFixed(2));
        expect(answers.faults).toEqual([]);
      });
});

it.each([
  { nodes: 33, stepMs: 10, jobs: 1500, warmUpJobs: 600 },
  { nodes: 33, stepMs: 1000, jobs: 330, warmUpJobs: 66 },
])('whole path: $nodes nodes, runs of $stepMs ms', async ({ nodes, stepMs, jobs, warmUpJobs }) => {
  page.table(
    `${jobs} jobs of 16 clients, ${nodes} nodes, runs of ${stepMs} ms`,
    'load before',
    'jobs/s',
    'of the GPUs busy',
    'gap p50 ms',
    'gap p99 ms',
    'ms CPU a job',
  );
  const bars: Bar[] = [];
  for (const [name, open] of Object.entries(contenders)) {
    const load = loadavg()[0]!.toFixed(1);
    // One node has as much to do as each of the others.
    const share = open === apiProxy ? nodes : 1;
    await within(open({ nodes, stepMs }), async (contender) => {
      await path(contender, Math.round(warmUpJobs / share));
      const mine = Math.round(jobs / share);
      const { runs, perSecond, busyShare, gapP50Ms, gapP99Ms, cpuMs } = await path(contender, mine);
      expect(runs).toBeGreaterThanOrEqual(mine);
      const busy = `${(100 * busyShare).toFixed(1)} %`;
      page.row(name, load, ms(perSecond), busy, ms(gapP50Ms), ms(gapP99Ms), cpuMs.toFixed(2));
      bars.push({ name, value: perSecond });
    });
  }
  page.plot(`beside-${stepMs}.svg`, `Jobs a second, ${nodes} nodes, runs of ${stepMs} ms`, '/s', bars);
});

/** Submits while nodes work, and waits until their records tell the end of every run. */
async function path({ nodes, submit, cpuMs }: Contender, jobs: number) {
  const [sinceMs, fromMs] = [Date.now(), await cpuMs()];
  const { answered, faults } = await loaded({ ...submit, clients: 16, seconds: 120, requests: jobs });
  expect(faults).toEqual([]);
  let runs: Run[][] = [];
  await eventually(
    async () => {
      runs = (await nodes.report()) as Run[][];
      return endedSince(runs, sinceMs) >= answered;
    },
    { timeoutMs: 240_000, intervalMs: 500, what: 'the end of all runs' },
  );
  return { ...figuresOf(runs, sinceMs), cpuMs: ((await cpuMs()) - fromMs) / answered };
}
