/**
 * Jobs a second that come in one by one (16 clients) and by 500 in a batch, while no node takes work:
 * `npm run build && npx vitest run --config bench/vitest.config.ts bench/batches.bench.ts`.
 */
import { loadavg } from 'node:os';
import { expect, it } from 'vitest';
import { painter, paintings, sendBatch } from '../test/support/batches.js';
import { Deployment } from '../test/support/deployment.js';
import { call } from '../test/support/v1.js';

const singles = 1_000;
const clients = 16;
const batches = 6;

it('takes a batch in faster than its jobs one by one', async () => {
  const deployment = await Deployment.create([{ name: 'sim-1' }]);
  try {
    const { url } = await deployment.start({ MAX_QUEUED_JOBS: '100000' });
    await call(`${url}/v1/workflows/painter`, 'PUT', painter);
    await call(`${url}/v1/nodes/sim-1/drain`, 'POST', {});
    // Each way once before it is measured.
    await sendBatch(url, { jobs: paintings(500) });
    await submitSingles(url, 200);
    const oneByOne = (singles * 1000) / (await took(async () => submitSingles(url, singles)));
    const answers: number[] = [];
    const batchMs = await took(async () => {
      for (let no = 0; no < batches; no += 1) {
        const { status, tookMs } = await sendBatch(url, { jobs: paintings(500) });
        expect(status).toBe(202);
        answers.push(Math.round(tookMs));
      }
    });
    const together = (batches * 500 * 1000) / batchMs;
    process.stdout.write(
      `load ${loadavg()[0]!.toFixed(1)}: ${Math.round(oneByOne)} jobs/s one by one (${clients} clients), ${Math.round(together)} jobs/s in batches of 500 (${(together / oneByOne).toFixed(1)} times); each batch ${answers.join(', ')} ms\n`,
    );
  } finally {
    await deployment.destroy();
  }
}, 300_000);

async function submitSingles(url: string, count: number): Promise<void> {
  const left = paintings(count);
  const client = async (): Promise<void> => {
    for (let job = left.pop(); job; job = left.pop())
      expect((await call(`${url}/v1/jobs`, 'POST', job)).status).toBe(202);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

async function took(work: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}
