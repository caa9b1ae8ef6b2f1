// npm test [-- vitest arguments]: installs and builds what is missing, runs every test, closes with one plain line of
// figures, and leaves no process and no temporary file, also when it is interrupted.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, execPath, exit, kill } from 'node:process';
import { prepare } from './prepare.mjs';

const interruptGraceMs = 10_000;

prepare();
const temporaryDir = mkdtempSync(join(tmpdir(), 'comfymux-test-run-'));
// The embedded database runs as another user when the tests run as root, and has its files in here.
chmodSync(temporaryDir, 0o755);
const resultsPath = join(temporaryDir, 'results.json');
const code = await runVitest();
console.log(closingLine(code));
// A database that lost its parent takes a moment to end.
rmSync(temporaryDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
exit(code);

/** In a process group of its own, so that whatever tests left in it can be ended with it. */
function runVitest() {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'];
  const vitest = spawn(execPath, [...args, `--outputFile.json=${resultsPath}`, ...argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, TMPDIR: temporaryDir },
    detached: true,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      signalGroup(vitest.pid, signal);
      setTimeout(() => signalGroup(vitest.pid, 'SIGKILL'), interruptGraceMs).unref();
    });
  }
  return new Promise((resolve) => {
    vitest.on('close', (exitCode, signal) => {
      signalGroup(vitest.pid, 'SIGKILL');
      resolve(signal === null ? exitCode : 130);
    });
  });
}

function signalGroup(pid, signal) {
  try {
    kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}

/** A file that cannot be loaded, or an error outside every test, counts as one failure. */
function closingLine(exitCode) {
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numPendingTests = 0,
    numTodoTests = 0,
    testResults = [],
  } = readResults();
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = Math.max(numFailedTests + unloaded.length, exitCode === 0 ? 0 : 1);
  const skipped = numPendingTests + numTodoTests;
  return `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function readResults() {
  try {
    return JSON.parse(readFileSync(resultsPath, 'utf8'));
  } catch {
    return {};
  }
}
