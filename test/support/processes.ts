/** What Linux tells of processes; `/proc` is there on no other system. */
import { readdirSync, readFileSync } from 'node:fs';

/** Memory of the process that is in RAM now, in bytes. */
export const residentBytes = (pid: number): number => statusBytes(pid, 'VmRSS');

/** The most it ever was. */
export const peakResidentBytes = (pid: number): number => statusBytes(pid, 'VmHWM');

/** Command lines of the live processes that name `text` in it or in their environment, by process id. */
export function processesNaming(text: string): Map<number, string> {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const named = all.filter((pid) =>
    ['cmdline', 'environ'].some((file) => read(`/proc/${pid}/${file}`).includes(text)),
  );
  return new Map(named.map((pid) => [Number(pid), read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')]));
}

function statusBytes(pid: number, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no ${field}`);
  return Number(kibibytes) * 1024;
}

/** Empty for a process that has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
