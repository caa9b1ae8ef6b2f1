// Holds an embedded database, as the service does: prints {pid,url}, and on SIGTERM stops it.
// On SIGINT it first uses the database once more, as a service does that finishes its turns.
import pg from 'pg';
import { startEmbeddedDatabase } from '../../dist/platform/database/index.js';
import { createLogger } from '../../dist/platform/logging/index.js';

process.on('SIGTERM', () => void finish());
// A test run that is killed takes this program along.
process.stdin.resume().on('end', () => void finish());
process.on('SIGINT', () => void useOnceMore().then(finish));

const database = await startEmbeddedDatabase({
  dataDir: process.argv[2],
  durable: false,
  log: createLogger({ level: 'warn' }),
}).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(JSON.stringify({ pid: database.pid, url: database.url }));

async function useOnceMore() {
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query('select 1');
  await client.end();
  console.log('used');
}

async function finish() {
  await database.stop();
  process.stdin.destroy();
}
