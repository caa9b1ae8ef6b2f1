/** The simulated nodes of a first look: whatever ends them, they come back where they were. */
import { execFileSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../../support/poll.js';

interface DemoNodes {
  nodes: { url: string }[];
  stop: () => Promise<void>;
}
const built = new URL('../../../dist/programs/demo-nodes.js', import.meta.url).href;
let demo: DemoNodes | undefined;

afterAll(async () => demo?.stop());

const answers = async ({ url }: { url: string }): Promise<boolean> =>
  fetch(`${url}/system_stats`).then(
    ({ ok }) => ok,
    () => false,
  );

test('nodes that died are started again at their addresses, and it is told', async () => {
  const { startDemoNodes } = (await import(built)) as {
    startDemoNodes: (options: object) => Promise<DemoNodes>;
  };
  const told: string[] = [];
  demo = await startDemoNodes({ count: 2, tell: (what: string) => told.push(what) });
  const { nodes } = demo;
  expect(await Promise.all(nodes.map(answers))).toEqual([true, true]);
  const pids = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'simulator/main.js'], {
    encoding: 'utf8',
  });
  for (const pid of pids.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  await eventually(() => told.length > 0, { what: 'word of their end' });
  await eventually(async () => (await Promise.all(nodes.map(answers))).every(Boolean), {
    timeoutMs: 30_000,
    what: 'the nodes again',
  });
});
