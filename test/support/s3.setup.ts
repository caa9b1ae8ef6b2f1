/**
 * A real server that speaks S3: the one that S3_TEST_ENDPOINT names (with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of somebody
 * who may make buckets), else versitygw, which Go builds in a pinned version the first time. Without Go, or without its
 * module proxy, the tests are skipped with a word.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { eventually } from './poll.js';
import { freePort } from './ports.js';

const run = promisify(execFile);
const gateway = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/comfymux/', import.meta.url));
const buildTimeoutMs = 900_000;
const keys = { AWS_ACCESS_KEY_ID: 'tester', AWS_SECRET_ACCESS_KEY: 'testing-only' };

export interface S3Server {
  /** What a client of it needs in its environment. */
  env: Record<string, string>;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Null when there is none. */
    s3: S3Server | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // oxlint-disable-next-line node/no-process-env -- where the server is, is no setting of the service
  const given = process.env['S3_TEST_ENDPOINT'];
  if (given) {
    // oxlint-disable-next-line node/no-process-env -- the keys of that server, under the names that every S3 tool reads
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
    project.provide('s3', serverAt(given, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }));
    return () => Promise.resolve();
  }
  try {
    const started = await startGateway(await built());
    project.provide('s3', serverAt(started.endpoint, keys));
    return started.stop;
  } catch (error) {
    console.warn(`S3 storage is NOT tested: ${gateway} could not be built and started.\n${String(error)}`);
    project.provide('s3', null);
    return () => Promise.resolve();
  }
}

const serverAt = (endpoint: string, credentials: Record<string, string>): S3Server => ({
  env: { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: 'us-east-1', ...credentials },
});

/** The program. It appears whole or not at all. */
async function built(): Promise<string> {
  const folder = join(cacheDir, 'versitygw-1.8.0');
  if (existsSync(folder)) return join(folder, 'versitygw');
  await mkdir(cacheDir, { recursive: true });
  const temporary = await mkdtemp(join(cacheDir, 'building-'));
  try {
    // oxlint-disable-next-line node/no-process-env -- a program needs its surroundings, and one more name
    const env = { ...process.env, GOBIN: temporary };
    await run('go', ['install', gateway], { env, timeout: buildTimeoutMs });
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  return join(folder, 'versitygw');
}

async function startGateway(program: string): Promise<{ endpoint: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'comfymux-s3-'));
  for (const name of ['objects', 'attributes']) await mkdir(join(folder, name));
  const port = await freePort();
  const access = ['--access', keys.AWS_ACCESS_KEY_ID, '--secret', keys.AWS_SECRET_ACCESS_KEY];
  const backend = ['posix', '--sidecar', join(folder, 'attributes'), join(folder, 'objects')];
  const server = spawn(program, ['--port', `127.0.0.1:${port}`, ...access, '--quiet', ...backend], {
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await eventually(
      async () => {
        if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
        return (await fetch(endpoint)).status > 0;
      },
      { what: 'an answer of the server', timeoutMs: 30_000 },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
}
