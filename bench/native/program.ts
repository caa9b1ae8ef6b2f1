/** A part of a measurement that runs as a process of its own and talks by messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const answerMs = 120_000;

export class Program {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves with its first message. */
  static async start<T>(name: string, options: object): Promise<{ program: Program; first: T }> {
    const path = fileURLToPath(new URL(`${name}.program.mjs`, import.meta.url));
    const program = new Program(fork(path, [JSON.stringify(options)], { serialization: 'advanced' }));
    return { program, first: await program.next<T>() };
  }

  async ask<T>(what: string): Promise<T> {
    const answer = this.next<T>();
    this.child.send(what);
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

  private async next<T>(): Promise<T> {
    const [message] = (await Promise.race([
      once(this.child, 'message', { signal: AbortSignal.timeout(answerMs) }),
      once(this.child, 'exit').then(() => Promise.reject(new Error('the program ended'))),
    ])) as [T];
    return message;
  }
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
