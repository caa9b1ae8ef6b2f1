import type { Pool, PoolClient } from 'pg';
import { errorOf } from './errors.js';

/** Commits what `work` did when it resolves, rolls it back when it rejects. No network call but the database's belongs inside. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A connection that cannot roll back is in an unknown state; the error tells the pool to close it. */
async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return errorOf(error);
  }
}
