/**
 * One PostgreSQL for the whole run: the server that TEST_DATABASE_URL names, else an embedded one in a temporary folder.
 * The migrations run once, into a template database; `createDatabase` clones it in some ten milliseconds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate, startEmbeddedDatabase } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a database on the test server in which databases can be created and dropped. */
    postgresUrl: string;
    templateDatabase: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openServer();
  const template = `template_${randomBytes(6).toString('hex')}`;
  await execute(server.url, `create database ${template}`);
  const templateUrl = new URL(server.url);
  templateUrl.pathname = `/${template}`;
  await migrate(templateUrl.href);
  project.provide('postgresUrl', server.url);
  project.provide('templateDatabase', template);
  return async () => {
    await execute(server.url, `drop database ${template} with (force)`);
    await server.stop();
  };
}

async function openServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return { url: given, stop: () => Promise.resolve() };
  const dataDir = await mkdtemp(join(tmpdir(), 'comfymux-test-'));
  const server = await startEmbeddedDatabase({
    dataDir,
    durable: false,
    log: createLogger({ level: 'warn' }),
  });
  return {
    url: server.url,
    stop: () => server.stop().then(() => rm(dataDir, { recursive: true, force: true })),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
