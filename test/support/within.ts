/**
 * Promises of time ("within two seconds") on a machine that others use too: the time is multiplied by how much slower than alone it is at
 * the moment. So a wait for the next poll or the end of a lease is still told from a notification, and no test fails for its neighbours.
 */
import { expect } from 'vitest';

/** Long enough to lose the processor to others a few times. */
const sampleCpuMs = 200;

/** How many times longer work takes now than the processor time that it needs; at least 1. It works for 200 ms of that to know. */
export function slowdownNow(): number {
  const [cpu, beganMs] = [process.cpuUsage(), performance.now()];
  let usedMs = 0;
  while (usedMs < sampleCpuMs) {
    const { user, system } = process.cpuUsage(cpu);
    usedMs = (user + system) / 1_000;
  }
  return Math.max(1, (performance.now() - beganMs) / usedMs);
}

/** Less than `limitMs` have passed since `sinceMs` of `performance.now()`, or no more than this machine needs for as much. */
export function expectWithin(limitMs: number, sinceMs: number): void {
  const tookMs = performance.now() - sinceMs;
  if (tookMs < limitMs) return;
  const slowdown = slowdownNow();
  expect(tookMs, `ms, ${slowdown.toFixed(1)} times slower than alone`).toBeLessThan(limitMs * slowdown);
}
