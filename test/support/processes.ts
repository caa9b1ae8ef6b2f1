/** What Linux tells of processes; `/proc` is there on no other system. */
import { readdirSync, readFileSync } from 'node:fs';

/** Memory of the process that is in RAM now, in bytes. */
export const residentBytes = (pid: number): number => statusBytes(pid, 'VmRSS');

/** The most it ever was. */
export const peakResidentBytes = (pid: number): number => statusBytes(pid, 'VmHWM');

/** Ids of the live processes whose command line contains `text`. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(text))
    .map(Number);
}

/** Ids of the live processes in this process group. */
export function processesInGroup(groupId: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && groupOf(name) === groupId)
    .map(Number);
}

function groupOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The command name, in parentheses, may hold spaces; state, parent and group follow it.
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === 'Z' ? undefined : Number(group);
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
