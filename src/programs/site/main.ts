/**
 * `npm run site`: tells whether a database is where its services last worked with it; `npm run site -- adopt` says that it may be
 * worked with where it is now. Needed after a restore (docs/backup.md). A service may run beside it.
 */
import process from 'node:process';
import pg from 'pg';
import { loadConfig } from '../../platform/config/index.js';
import { joinDatabase } from '../../platform/database/index.js';
import { createLogger } from '../../platform/logging/index.js';
import { adoptSite, readPlace, readSite, standingOf } from '../../platform/site/index.js';

const usage = `Usage: npm run site [-- adopt]
Of the database of DATABASE_URL, or the embedded one under DATA_DIR.
`;

try {
  const [command, ...rest] = process.argv.slice(2);
  if ((command !== undefined && command !== 'adopt') || rest.length > 0) throw new Error('unknown command');
  process.stdout.write(`${await main(command)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}

async function main(command: 'adopt' | undefined): Promise<string> {
  const database = await joinDatabase(loadConfig(process.env), createLogger({ level: 'warn' }));
  const client = new pg.Client({ connectionString: database.url, application_name: 'comfymux-site' });
  try {
    await client.connect();
    if (command === 'adopt') await adoptSite(client);
    return await told(client, command);
  } finally {
    await client.end();
    await database.stop();
  }
}

async function told(client: pg.Client, command: 'adopt' | undefined): Promise<string> {
  const record = await readSite(client);
  if (!record) return 'No service has worked with this database yet.';
  if (command === 'adopt')
    return `Adopted as site ${record.siteId}: services that wait for it begin in seconds.`;
  const standing = standingOf(record, await readPlace(client), record.siteId);
  return standing.kind === 'strange'
    ? `Services do not dispatch: ${standing.reason}. \`npm run site -- adopt\` makes them a site of their own.`
    : `Site ${record.siteId}: the database is where it was.`;
}
