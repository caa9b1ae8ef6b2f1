/**
 * Under `npm start` nobody starts a process again that fell into the last net: it does so itself, once everything of its own is
 * closed, and stays to pass signals on and to end as its successor ends. The program must not read anything of the fallen state.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Set by `npm start`: how many processes in a row have fallen. */
export const fallenBefore = 'COMFYMUX_FALLEN';
const inARowMax = 5;
const pauseMs = 1_000;
/** A process that lived for so long fell for another reason. */
const lastedMs = 600_000;

/** Its exit code, or undefined where a supervisor, or nobody, starts processes again. */
export async function runSuccessor(livedMs: number): Promise<number | undefined> {
  const before = Number(process.env[fallenBefore] ?? NaN);
  const inARow = livedMs > lastedMs ? 1 : before + 1;
  if (Number.isNaN(before) || inARow >= inARowMax) return undefined;
  await sleep(pauseMs * 2 ** (inARow - 1));
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [fallenBefore]: String(inARow) },
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM').on('SIGINT', pass).on('SIGTERM', pass);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
