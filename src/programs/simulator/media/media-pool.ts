import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/**
 * A few worker threads shared by all simulated nodes of a process, so that encoding never holds up their answers.
 * Threads start with the first task and end some idle time after the last one; they never keep a process alive by
 * themselves.
 */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

interface Scaled {
  readonly thumbnail: Thumbnail;
  readonly width: number;
  readonly height: number;
}

interface Operations {
  readPicture: [{ path: string; longestSide: number }, Scaled];
  writePng: [Scaled & { path: string; texts?: Record<string, string> }, void];
  writeMp4: [Scaled & { path: string; frames: number; frameRate: number }, void];
  encodePng: [Scaled, Uint8Array];
  encodeJpeg: [Scaled & { quality: number }, Uint8Array];
  replaceAlpha: [{ originalPath: string; mask: Uint8Array; path: string }, void];
}

interface Task {
  readonly id: number;
  readonly operation: keyof Operations;
  readonly args: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const threadsMax = Math.max(1, Math.min(2, availableParallelism()));
const idleMs = 2_000;

class MediaPool {
  private readonly threads = new Map<Worker, Task | undefined>();
  private readonly waiting: Task[] = [];
  private idle: NodeJS.Timeout | undefined;
  private lastId = 0;

  run<Name extends keyof Operations>(
    operation: Name,
    args: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    clearTimeout(this.idle);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, operation, args, resolve: resolve as (result: unknown) => void, reject });
      this.next();
    });
  }

  private next(): void {
    const free = [...this.threads].find(([, task]) => task === undefined)?.[0];
    const task = this.waiting[0];
    if (task === undefined) return this.rest();
    const thread = free ?? (this.threads.size < threadsMax ? this.start() : undefined);
    if (thread === undefined) return;
    this.waiting.shift();
    this.threads.set(thread, task);
    thread.ref();
    thread.postMessage({ id: task.id, operation: task.operation, args: task.args });
  }

  private start(): Worker {
    const thread = new Worker(new URL('./media-worker.mjs', import.meta.url));
    thread.unref();
    thread.on('message', (answer: { result?: unknown; error?: string }) => this.answered(thread, answer));
    thread.on('error', (error: Error) => this.failed(thread, error));
    this.threads.set(thread, undefined);
    return thread;
  }

  private answered(thread: Worker, answer: { result?: unknown; error?: string }): void {
    const task = this.threads.get(thread);
    this.threads.set(thread, undefined);
    thread.unref();
    if (answer.error === undefined) task?.resolve(answer.result);
    else task?.reject(new Error(answer.error));
    this.next();
  }

  private failed(thread: Worker, error: Error): void {
    this.threads.get(thread)?.reject(error);
    this.threads.delete(thread);
    this.next();
  }

  private rest(): void {
    if ([...this.threads.values()].some((task) => task !== undefined)) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.endThreads(), idleMs).unref();
  }

  private endThreads(): void {
    for (const [thread, task] of this.threads) {
      if (task !== undefined) continue;
      this.threads.delete(thread);
      void thread.terminate();
    }
  }
}

export const media = new MediaPool();
