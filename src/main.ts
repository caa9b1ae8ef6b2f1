/**
 * The process: configuration, database, demo nodes, service, in this order, and down again in reverse. What keeps it
 * from serving is told in one line, with a non-zero exit.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './create-app.js';
import { type DemoNodes, startDemoNodes } from './programs/demo-nodes.js';
import { runSuccessor } from './programs/successor.js';
import { Replica } from './platform/cluster/index.js';
import { type Config, ConfigError, loadConfig, printableConfig } from './platform/config/index.js';
import {
  DatabaseStartError,
  MigrationError,
  type OpenDatabase,
  openDatabase,
} from './platform/database/index.js';
import { catchTheRest, Falls, LastCall } from './platform/lifecycle/index.js';
import { createLogger, type Logger } from './platform/logging/index.js';
import { PostureError } from './modules/access/index.js';
import { Retirement } from './modules/dispatch/index.js';
import { SecretKeyError } from './platform/secrets/index.js';
import { WorkflowFilesError } from './modules/workflows/index.js';

const demoNodeCount = 3;
/** One Ctrl-C comes twice under npm: from the terminal, and passed on by npm. */
const sameSignalWithinMs = 1000;
/** For clients that keep their connections: most send their next request by then, and are told to connect anew. */
const lingerMs = 1500;
/** Of the time to stop, for the answers of those who wait in vain. */
const answerMs = 1500;
/** Longer than a stop may take: who falls must not hang. */
const fallMs = 30_000;

interface Running {
  database?: OpenDatabase;
  demo?: DemoNodes;
  app?: NestFastifyApplication;
}

/** Resolves to the exit code. */
async function main(): Promise<number> {
  const config = loadConfig(process.env);
  const log = createLogger({ level: config.LOG_LEVEL });
  const { signal: asked, ask } = askedToStop(log);
  const running: Running = {};
  let hasFallen = false;
  let giveUp: NodeJS.Timeout | undefined;
  catchTheRest(log, () => {
    hasFallen = true;
    new Falls(config.DATA_DIR).add();
    // Who hangs in its fall is let go of; who has closed everything is a successor's parent.
    giveUp = setTimeout(() => process.exit(1), config.SHUTDOWN_TIMEOUT_MS + fallMs).unref();
    ask();
  });
  try {
    await start(running, config, log, asked);
    if (!asked.aborted) await once(asked, 'abort');
  } finally {
    await stop(running, config, log);
  }
  clearTimeout(giveUp);
  if (!hasFallen) return 0;
  return (await runSuccessor(performance.now())) ?? 1;
}

/** Leaves off between two steps when it is asked to stop. */
async function start(running: Running, config: Config, log: Logger, asked: AbortSignal): Promise<void> {
  log.debug({ config: printableConfig(config) }, 'configuration');
  running.database = await openDatabase(config, log);
  if (asked.aborted) return;
  if (config.SIMULATE) {
    running.demo = await startDemoNodes({
      count: demoNodeCount,
      tell: (what, about) => log.warn(about, what),
    });
    log.warn(
      `No ComfyUI node is configured: ${demoNodeCount} SIMULATED nodes were started. Set NODES to use real ones.`,
    );
  }
  if (asked.aborted) return;
  const nodes = [...config.NODES, ...(running.demo?.nodes ?? [])];
  running.app = await createApp({
    config: { ...config, NODES: nodes },
    log,
    databaseUrl: running.database.url,
  });
  await running.app.listen({ port: config.PORT, host: config.HOST });
  const url = await running.app.getUrl();
  log.info(`ComfyMux serves on ${url} (API documentation at /docs).`);
  log.info(`The console, to see and steer it in a browser, is at ${url}/console`);
}

/** Aborted by `ask` or by the first signal; a later one does not wait. */
function askedToStop(log: Logger): { signal: AbortSignal; ask: () => void } {
  const asked = new AbortController();
  let askedAtMs = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked.signal.aborted) {
      if (performance.now() - askedAtMs > sameSignalWithinMs) process.exit(1);
      return;
    }
    askedAtMs = performance.now();
    log.info({ signal }, 'stopping');
    asked.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { signal: asked.signal, ask: () => asked.abort() };
}

async function stop({ app, demo, database }: Running, config: Config, log: Logger): Promise<void> {
  const closing =
    app &&
    leave(app, config).catch((error: unknown) =>
      log.error({ err: error }, 'the service did not stop cleanly'),
    );
  const inTime = await Promise.race([
    closing?.then(() => true),
    sleep(config.SHUTDOWN_TIMEOUT_MS, false, { ref: false }),
  ]);
  if (app && inTime === false) log.warn('requests were still open when the time to stop was over');
  await demo?.stop();
  await database?.stop();
}

/** Another replica goes on with the jobs, and clients go there before the doors close; alone there is nothing to wait for. */
async function leave(app: NestFastifyApplication, { SHUTDOWN_TIMEOUT_MS }: Config): Promise<void> {
  const isAlone = app.get(Replica).liveIds.length === 1;
  app.get(LastCall).leave(isAlone ? 0 : SHUTDOWN_TIMEOUT_MS - answerMs);
  const lingered = isAlone ? undefined : sleep(Math.min(lingerMs, SHUTDOWN_TIMEOUT_MS / 2));
  await app.get(Retirement, { strict: false }).retire();
  await lingered;
  await app.close();
}

/** Their messages say what to do. */
const operatorsErrors = [
  ConfigError,
  DatabaseStartError,
  MigrationError,
  PostureError,
  SecretKeyError,
  WorkflowFilesError,
];

/** One line for what an operator can mend, everything for what only we can. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (operatorsErrors.some((kind) => error instanceof kind)) return error.message;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `${error.message.replace(/^listen /, '')}: another program listens there. Stop it, or set PORT to a free port.`;
  if (code === 'EACCES')
    return `${error.message}: this user may not listen there. Set PORT to one above 1023.`;
  return error.stack ?? error.message;
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`ComfyMux cannot start: ${describe(error)}\n`);
    process.exit(1);
  },
);
