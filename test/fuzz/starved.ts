/** For how long a process had something to do and no processor: on a busy machine that is not its own fault. */
import { readFileSync } from 'node:fs';

/** Of its main thread, since it began; 0 where the system does not tell. */
export function starvedMs(pid: number): number {
  try {
    const [, waitedNs = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return 0;
  }
}
