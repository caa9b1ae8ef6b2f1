// Migrates the database of DATABASE_URL and ends: for an upgrade that does it once, before the first new process starts.
// The service does the same at its own start, so this is never needed for correctness.
import { env, exit } from 'node:process';
import { migrate } from '../dist/platform/database/migrate.js';

if (!env.DATABASE_URL) {
  console.error('DATABASE_URL is not set.');
  exit(1);
}
try {
  const applied = await migrate(env.DATABASE_URL);
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The database is up to date.');
} catch (error) {
  console.error(
    `The database was not migrated: ${error instanceof Error ? error.message || error.name : String(error)}`,
  );
  exit(1);
}
