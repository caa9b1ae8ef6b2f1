// npm run schemathesis -- [--url http://127.0.0.1:5014] [--paths '^/v1/jobs'] [--examples 20] [--seed 1]: requests made from
// /openapi.json against every operation, or those whose path fits; fails on a 5xx and on a status that the document does not tell. Without --url it starts a service of its own on data
// that it throws away. The program `schemathesis` 4 (from PyPI) must be on the PATH.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    paths: { type: 'string', default: '' },
    examples: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const readyTimeoutMs = 120_000;

if (spawnSync('schemathesis', ['--version']).status !== 0) {
  console.error(
    'NOT TESTED: schemathesis is not here; `pip install schemathesis==4.32.5` in an environment of its own brings it.',
  );
  process.exit(process.env.CI === 'true' ? 1 : 0);
}

const workDir = mkdtempSync(join(tmpdir(), 'schemathesis-'));
const own = values.url === undefined ? await startService() : undefined;
try {
  const tried = spawn(
    'schemathesis',
    [
      `--config-file=${fileURLToPath(new URL('schemathesis.toml', import.meta.url))}`,
      'run',
      `${values.url ?? own.url}/openapi.json`,
      '--checks=not_a_server_error,status_code_conformance',
      '--phases=examples,coverage,fuzzing',
      `--max-examples=${values.examples}`,
      `--seed=${values.seed}`,
      ...(values.paths === '' ? [] : [`--include-path-regex=${values.paths}`]),
      // Some operations wait for a run.
      '--request-timeout=180',
      '--suppress-health-check=all',
      '--continue-on-failure',
    ],
    // It keeps a cache where it stands.
    { stdio: 'inherit', cwd: workDir },
  );
  const [status] = await once(tried, 'exit');
  process.exitCode = status ?? 1;
} finally {
  await own?.stop();
  rmSync(workDir, { recursive: true, force: true });
}

async function startService() {
  const dataDir = mkdtempSync(join(tmpdir(), 'comfymux-schemathesis-'));
  const [port, nativePort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const model = await startModel();
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: String(port),
      NATIVE_PORT: String(nativePort),
      LOG_LEVEL: 'error',
      ENHANCE_PROMPT_URL: `http://127.0.0.1:${model.address().port}`,
      ENHANCE_PROMPT_KEY: 'none',
    },
    stdio: 'inherit',
  });
  const untilMs = performance.now() + readyTimeoutMs;
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null || performance.now() > untilMs)
      throw new Error('the service does not get ready');
    await sleep(500);
  }
  const stop = async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
    model.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, stop };
}

/** Answers every question to a language model in a word: without one the original's door fails as the original did. */
async function startModel() {
  const server = createHttpServer((request, response) => {
    request.resume();
    request.on('end', () =>
      response
        .setHeader('content-type', 'application/json')
        .end('{"choices":[{"message":{"content":"better"}}]}'),
    );
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  return server;
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
