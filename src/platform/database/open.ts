import pg from 'pg';
import { type Config, redactUrl } from '../config/index.js';
import type { Logger } from '../logging/index.js';
import { runningEmbeddedDatabase, startEmbeddedDatabase } from './embedded/embedded-database.js';
import { DatabaseStartError } from './embedded/start-error.js';
import { migrate } from './migrate.js';

export interface OpenDatabase {
  url: string;
  /** Ends the embedded server, if there is one; call it when every connection is closed. */
  stop(): Promise<void>;
}

const oldestServerVersion = 150_000;

/** Reaches or starts the database and migrates it. Throws `DatabaseStartError` or `MigrationError`. */
export async function openDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  const database =
    config.DATABASE_URL === undefined ? await startEmbedded(config, log) : external(config.DATABASE_URL);
  try {
    await checkServer(database.url);
    const applied = await migrate(database.url);
    if (applied.length > 0) log.info({ migrations: applied }, 'the database was migrated');
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** For a tool beside the service: changes nothing in the database, and joins the embedded one that a service runs. */
export async function joinDatabase(config: Config, log: Logger): Promise<OpenDatabase> {
  const url = config.DATABASE_URL ?? runningEmbeddedDatabase(config.DATA_DIR);
  return url === undefined ? startEmbedded(config, log) : external(url);
}

function external(url: string): OpenDatabase {
  return { url, stop: () => Promise.resolve() };
}

function startEmbedded(config: Config, log: Logger): Promise<OpenDatabase> {
  return startEmbeddedDatabase({ dataDir: config.DATA_DIR, log });
}

async function checkServer(url: string): Promise<void> {
  const version = await serverVersion(url).catch((error: unknown) => {
    const reason = reasonOf(error);
    throw new DatabaseStartError(
      `The database at ${redactUrl(url)} cannot be used (${reason}): check DATABASE_URL and that the server runs, or unset it to run the embedded one.`,
      { cause: error },
    );
  });
  if (version < oldestServerVersion) {
    throw new DatabaseStartError(
      `The database at ${redactUrl(url)} is older than PostgreSQL 15: upgrade it, or unset DATABASE_URL to run the embedded one.`,
    );
  }
}

async function serverVersion(url: string): Promise<number> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    return rows[0]?.version ?? 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Node gives an AggregateError without a message when every address of a host refused. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
