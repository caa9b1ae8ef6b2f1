/**
 * Statements that PostgreSQL parses and plans once per connection, for those that run many times a second. The text must always be
 * the same. A pooler in transaction mode has to carry prepared statements (PgBouncer from 1.21 on); `DATABASE_PREPARED=off` does without.
 */
import pg from 'pg';

export interface Statement {
  name: string;
  text: string;
}

/** Two statements of one name with other texts are an error of the client. */
export const statement = (name: string, text: string): Statement => ({ name, text });

/** A client that sends every statement without its name. */
export class UnnamedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const send = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((first: unknown, ...rest: unknown[]) => send(unnamed(first), ...rest)) as typeof this.query;
  }
}

const unnamed = (query: unknown): unknown =>
  typeof query === 'object' && query !== null && 'name' in query && 'text' in query
    ? { ...query, name: undefined }
    : query;
