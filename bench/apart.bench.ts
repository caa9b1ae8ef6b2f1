/**
 * `npm run bench:apart`: whether the time of a refusal tells what is another tenant's from what never was. Each request is asked a thousand
 * times, half of them about either, in turn and in chance order within each pair. Told are both medians, their difference, and its noise:
 * where 95 of 100 differences lie that are found between two chance halves of all times.
 */
import { randomInt } from 'node:crypto';
import { loadavg } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TwoTenants } from '../test/contract/access/two-tenants.js';
import { quantile } from './quantile.js';

const pairs = Number(process.env['PAIRS'] ?? 500);
const halvings = 400;
const never = '01a7f0de-0000-7000-8000-00000000ffff';

let tenants: TwoTenants;
beforeAll(async () => {
  tenants = await TwoTenants.create({ isWatched: false });
});
afterAll(async () => tenants?.destroy());

const requests = [
  { method: 'GET', path: '/v1/jobs/:job' },
  { method: 'GET', path: '/api/v2/jobs/:job' },
  { method: 'POST', path: '/v1/jobs/:job/retry' },
  { method: 'GET', path: '/v1/batches/:batch' },
  { method: 'DELETE', path: '/api/v2/assets/:asset' },
  { method: 'GET', path: '/api/jobs/:prompt', native: true },
];

async function tookUs(path: string, sent: { method: string; native?: boolean }) {
  const beganMs = performance.now();
  const { status } = await tenants.ask('b', path, sent);
  return { status, us: 1000 * (performance.now() - beganMs) };
}

const us = (value: number): string => `${value.toFixed(0)} µs`;
const difference = (some: number[], others: number[]): number => quantile(some, 0.5) - quantile(others, 0.5);

/** What chance alone makes of the difference. */
function noiseOf(times: readonly number[]): number {
  const found = Array.from({ length: halvings }, () => {
    const shuffled = [...times];
    for (let at = shuffled.length - 1; at > 0; at -= 1) {
      const other = randomInt(at + 1);
      [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
    }
    const half = shuffled.length / 2;
    return Math.abs(difference(shuffled.slice(0, half), shuffled.slice(half)));
  });
  return quantile(found, 0.95);
}

it.each(requests)('$method $path', async ({ path, ...sent }) => {
  const [job = '', prompt = '', batch = '', asset = ''] = tenants.ids;
  const named: Record<string, string> = { ':job': job, ':prompt': prompt, ':batch': batch, ':asset': asset };
  const [name = ''] = /:\w+/.exec(path) ?? [];
  const theirs = path.replace(name, named[name] ?? '');
  const none = path.replace(name, never);
  const times = { theirs: [] as number[], none: [] as number[] };
  for (let pair = -20; pair < pairs; pair += 1) {
    const order = randomInt(2) === 0 ? (['theirs', 'none'] as const) : (['none', 'theirs'] as const);
    for (const which of order) {
      const took = await tookUs(which === 'theirs' ? theirs : none, sent);
      expect(took.status).toBe(404);
      if (pair >= 0) times[which].push(took.us);
    }
  }
  console.log(
    `${sent.method} ${path}: theirs ${us(quantile(times.theirs, 0.5))}, none ${us(quantile(times.none, 0.5))}, difference ${us(difference(times.theirs, times.none))}, noise ±${us(noiseOf([...times.theirs, ...times.none]))}; load ${loadavg()[0]?.toFixed(1)}`,
  );
});
