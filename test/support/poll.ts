import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `probe` until it answers something other than `undefined` or `false`, and answers that.
 * A probe that throws is asked again; at the deadline its last error is the cause.
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 10, what = 'the condition' } = {},
): Promise<Exclude<T, undefined | false>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let cause: unknown; ; await sleep(intervalMs)) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadlineMs)
      throw new Error(`${what} did not hold within ${timeoutMs} ms`, { cause });
  }
}
