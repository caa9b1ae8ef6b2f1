/** A part of a measurement that runs as a process of its own and talks by messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const answerMs = 120_000;

export class Program {
  private constructor(
    private readonly child: ChildProcess,
    /** Its first message. */
    readonly greeting: unknown,
  ) {}

  /** Resolves when it is ready. */
  static async start(name: string, options: object): Promise<Program> {
    const path = fileURLToPath(new URL(`${name}.program.mjs`, import.meta.url));
    const child = fork(path, [JSON.stringify(options)], { serialization: 'advanced' });
    return new Program(child, await messageOf(child));
  }

  async report(): Promise<unknown> {
    const answer = messageOf(this.child);
    this.child.send('report');
    return answer;
  }

  tell(what: string): void {
    this.child.send(what);
  }

  cpuSeconds(): Promise<number> {
    return cpuSecondsOf(this.child.pid ?? 0);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = (await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(answerMs) }),
    once(child, 'exit').then(() => Promise.reject(new Error('the program ended'))),
  ])) as unknown[];
  return message;
}

/** User and system time of a process so far. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export async function rssMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** How long the main thread of a process was ready to run and another had the CPU. */
export async function waitedSecondsOf(pid: number): Promise<number> {
  const [, waitedNs] = (await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(waitedNs) / 1e9;
}
