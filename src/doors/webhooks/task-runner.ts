/** Takes tasks of some kinds that the database enqueued, so many at once, by graphile-worker on connections of its own. */
import { Logger as WorkerLogger, run, type Runner, type TaskList } from 'graphile-worker';
import type { Pool } from 'pg';
import { createPool } from '../../platform/database/index.js';
import type { Logger } from '../../platform/logging/index.js';

const pollIntervalMs = 5000;
/** One hears notifications. */
const connections = 2;

export interface TaskRunnerOptions {
  url: string;
  name: string;
  atOnce: number;
  taskList: TaskList;
  log: Logger;
}

export class TaskRunner {
  private constructor(
    private readonly runner: Runner,
    private readonly pool: Pool,
  ) {}

  static async start({ url, name, atOnce, taskList, log }: TaskRunnerOptions): Promise<TaskRunner> {
    const pool = createPool({ url, poolSize: connections, log, applicationName: `comfymux-${name}` });
    const runner = await run({
      pgPool: pool,
      concurrency: atOnce,
      pollInterval: pollIntervalMs,
      noHandleSignals: true,
      parsedCronItems: [],
      logger: new WorkerLogger(() => (_level, message) => log.debug({ worker: message }, name)),
      taskList,
    });
    runner.promise.catch((error: unknown) =>
      log.error({ err: error, name }, 'a worker ended; another replica, or the next start, goes on'),
    );
    return new TaskRunner(runner, pool);
  }

  async stop(): Promise<void> {
    await this.runner.stop();
    await this.pool.end();
  }
}
