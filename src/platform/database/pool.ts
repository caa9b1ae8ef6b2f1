import pg from 'pg';
import type { Logger } from '../logging/index.js';
import { UnnamedClient } from './statements.js';
import { timeTypes } from './times/times.js';

export interface PoolOptions {
  url: string;
  poolSize: number;
  log: Logger;
  applicationName?: string;
  /** Default true; false where a pooler between cannot carry prepared statements. */
  prepared?: boolean;
}

/** The one pool of the process: hand-written SQL and Prisma share its connections. */
export function createPool({
  url,
  poolSize,
  log,
  applicationName = 'comfymux',
  prepared = true,
}: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...(!prepared && { Client: UnnamedClient }),
    types: timeTypes,
    connectionString: url,
    max: poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: 5_000,
    // Rows are locked for one statement at a time; who waits longer than this waits for something that hangs.
    lock_timeout: 3_000,
    idle_in_transaction_session_timeout: 10_000,
    // The server's own limit ends a slow statement; this one ends the wait for a server that vanished.
    query_timeout: 15_000,
  });
  const lost = (error: Error) => log.warn({ err: error }, 'a database connection was lost');
  // The pool replaces a connection that breaks, and a query under way rejects. Without these listeners, the first for
  // idle connections and the second for those in use, the loss would end the process.
  pool.on('error', lost);
  pool.on('connect', (client) => client.on('error', lost));
  return pool;
}
