/**
 * For how long a process of the service lets nobody else have a turn. On a busy machine that time is mostly other programs'; what counts
 * is the smaller of it and of the processor time that the main thread took between two turns, where the system tells it.
 */
import { existsSync } from 'node:fs';
import { eventually } from './poll.js';
import type { Replica } from './deployment.js';

const schedule = '/proc/self/schedstat';
const meter = encodeURIComponent(
  `import { readFileSync } from 'node:fs';
   import { monitorEventLoopDelay } from 'node:perf_hooks';
   const delay = monitorEventLoopDelay({ resolution: 2 });
   delay.enable();
   const ran = () => ${existsSync(schedule) ? `Number(readFileSync('${schedule}', 'latin1').split(' ')[0]) / 1e6` : 'performance.now()'};
   let last = ran(), most = 0;
   setInterval(() => { const now = ran(); most = Math.max(most, now - last); last = now; }, 2).unref();
   process.on('SIGUSR2', () => {
     process.stderr.write('held ' + (delay.max / 1e6).toFixed(1) + ' ' + most.toFixed(1) + ' ms\\n');
     delay.reset(); most = 0;
   });`,
);

/** What the service is started with. */
export const meteredEnv = { NODE_OPTIONS: `--import data:text/javascript,${meter}`, LOG_LEVEL: 'warn' };

export interface Held {
  /** Between two turns, other programs' time included. */
  delayMs: number;
  /** Of the main thread alone. */
  ranMs: number;
}

/** The longest since it was asked last. */
export async function held(service: Replica): Promise<Held> {
  const before = service.output().split('held ').length;
  process.kill(service.pid, 'SIGUSR2');
  await eventually(() => service.output().split('held ').length > before, { what: 'the meter' });
  const [delayMs = 0, ranMs = 0] = service.output().split('held ').at(-1)!.split(' ').map(Number);
  return { delayMs, ranMs };
}

export const heldMaxMs = 50;
/** Only while it took too long: other programs of a busy machine come between, and the least of them is ours. */
const tries = 6;

/** Does it until it held the loop short enough; the least of the tries, in milliseconds, and each of them. */
export async function leastHeld(
  service: Replica,
  act: () => Promise<void>,
): Promise<{ leastMs: number; tried: Held[] }> {
  const tried: Held[] = [];
  const least = (): number => Math.min(...tried.flatMap(({ delayMs, ranMs }) => [delayMs, ranMs]));
  while (tried.length < tries && !(least() <= heldMaxMs)) {
    await held(service);
    await act();
    tried.push(await held(service));
  }
  return { leastMs: least(), tried };
}
