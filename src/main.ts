/**
 * The process: configuration, database, demo nodes, service, in this order, and down again in reverse. What keeps it
 * from serving is told in one line, with a non-zero exit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './create-app.js';
import { type DemoNodes, startDemoNodes } from './demo-nodes.js';
import { type Config, ConfigError, loadConfig, printableConfig } from './platform/config/index.js';
import { DatabaseStartError, MigrationError, type OpenDatabase, openDatabase } from './platform/database/index.js';
import { createLogger, type Logger } from './platform/logging/index.js';
import { WorkflowFilesError } from './modules/workflows/index.js';

const demoNodeCount = 3;

interface Running {
  database?: OpenDatabase;
  demo?: DemoNodes;
  app?: NestFastifyApplication;
}

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger({ level: config.LOG_LEVEL });
  const running: Running = {};
  const stopped = stopOnSignal(running, config, log);
  try {
    await start(running, config, log);
  } catch (error) {
    await stop(running, config, log);
    throw error;
  }
  await stopped;
}

async function start(running: Running, config: Config, log: Logger): Promise<void> {
  log.debug({ config: printableConfig(config) }, 'configuration');
  running.database = await openDatabase(config, log);
  if (config.SIMULATE) {
    running.demo = await startDemoNodes(demoNodeCount);
    log.warn(`No ComfyUI node is configured: ${demoNodeCount} SIMULATED nodes were started. Set NODES to use real ones.`);
  }
  const nodes = [...config.NODES, ...(running.demo?.nodes ?? [])];
  running.app = await createApp({ config: { ...config, NODES: nodes }, log, databaseUrl: running.database.url });
  await running.app.listen({ port: config.PORT, host: config.HOST });
  log.info(`ComfyMux serves on ${await running.app.getUrl()} (API documentation at /docs).`);
}

/** Resolves once a signal has stopped everything; a second signal does not wait. */
function stopOnSignal(running: Running, config: Config, log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      log.info({ signal }, 'stopping');
      void stop(running, config, log).then(resolve);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}

async function stop({ app, demo, database }: Running, config: Config, log: Logger): Promise<void> {
  const closing = app?.close().catch((error: unknown) => log.error({ err: error }, 'the service did not stop cleanly'));
  const inTime = await Promise.race([closing?.then(() => true), sleep(config.SHUTDOWN_TIMEOUT_MS, false, { ref: false })]);
  if (app && inTime === false) log.warn('requests were still open when the time to stop was over');
  await demo?.stop();
  await database?.stop();
}

/** One line for what an operator can mend, everything for what only we can. */
function describe(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseStartError || error instanceof MigrationError || error instanceof WorkflowFilesError)
    return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return `${error.message.replace(/^listen /, '')}: another program listens there. Stop it, or set PORT to a free port.`;
  if (error instanceof Error && 'code' in error && error.code === 'EACCES')
    return `${error.message}: this user may not listen there. Set PORT to one above 1023.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`ComfyMux cannot start: ${describe(error)}\n`);
    process.exit(1);
  },
);
