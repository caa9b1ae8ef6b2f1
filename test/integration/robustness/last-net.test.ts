/** An error that nobody catches: told once, handed over in order, and an exit code that a supervisor restarts on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim' }]);
});
afterAll(async () => {
  await deployment.destroy();
});

test.each([
  ['thrown', 'throw new Error("nobody catches this")'],
  ['rejected', 'Promise.reject(new Error("nobody catches this"))'],
])('an error that is %s anywhere ends the process in order', async (_how, code) => {
  const onSignal = encodeURIComponent(`process.on("SIGUSR2",()=>{${code}})`);
  const service = await deployment.start({ NODE_OPTIONS: `--import data:text/javascript,${onSignal}` });
  const id = await service.jobs.submit(samplingGraph());
  process.kill(service.pid, 'SIGUSR2');
  process.kill(service.pid, 'SIGUSR2');
  expect(await service.ended).toBe(1);
  expect(service.output().match(/nobody caught this error/g)).toHaveLength(1);
  expect(service.output()).not.toContain('did not stop cleanly');
  const next = await deployment.start();
  expect(await falls(next)).toBe(++fallen);
  expect((await next.jobs.ended(id)).state).toBe('succeeded');
  await next.stop();
});

test('under `npm start` it starts its successor, which serves in its place and ends with it', async () => {
  const onSignal = encodeURIComponent(`process.on("SIGUSR2",()=>{throw new Error("nobody catches this")})`);
  const service = await deployment.start({
    NODE_OPTIONS: `--import data:text/javascript,${onSignal}`,
    COMFYMUX_FALLEN: '0',
  });
  process.kill(service.pid, 'SIGUSR2');
  await eventually(async () => (await falls(service)) === fallen + 1, {
    timeoutMs: 60_000,
    what: 'the successor',
  });
  const id = await service.jobs.submit(samplingGraph());
  expect((await service.jobs.ended(id)).state).toBe('succeeded');
  expect(await service.stop()).toBe(0);
  expect(service.output().match(/serves on/g)).toHaveLength(2);
});

let fallen = 0;

async function falls({ url }: { url: string }): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^comfymux_falls_total (\d+)$/m.exec(metrics)?.[1]);
}
