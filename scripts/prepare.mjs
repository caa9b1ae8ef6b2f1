// What `npm start` and `npm test` do first, in plain Node because nothing is installed yet: each step is skipped when
// its result is there and current.
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { chdir, env, execPath, exit, versions } from 'node:process';
import { fileURLToPath } from 'node:url';
import { fingerprint, isStamped } from './fingerprint.mjs';

const buildStampPath = 'dist/.fingerprint';
const buildInputs = [
  'src',
  'console',
  'prisma/schema.prisma',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const notBuilt = /\.test\.ts$|^src\/platform\/database\/generated\//;

/** Checks Node, installs and builds; makes the repository the working folder. Ends the process when a step fails. */
export function prepare() {
  chdir(fileURLToPath(new URL('..', import.meta.url)));
  checkNodeVersion();
  if (!isInstalled()) {
    refuseForeignModules();
    console.log('Installing the dependencies (npm ci) …');
    npm('ci', '--include=dev', '--loglevel=error');
  }
  const current = fingerprint(buildInputs, notBuilt);
  if (!isStamped(buildStampPath, current)) {
    console.log('Building …');
    npm('run', '--silent', 'build');
    writeFileSync(buildStampPath, current);
  }
}

function checkNodeVersion() {
  const [major, minor] = versions.node.split('.').map(Number);
  if (major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) return;
  console.error(
    `ComfyMux needs Node 20.19 or newer of 20, 22.12 or newer of 22, or 24 and newer; this is ${versions.node}.`,
  );
  exit(1);
}

/** npm writes the second file when an installation is complete: it lists what is there, less other platforms' packages. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return present[path] ? present[path].version === version : optional === true;
  });
}

/** `npm ci` begins by emptying the folder, also one that another checkout lent. */
function refuseForeignModules() {
  if (!lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink()) return;
  console.error(
    'node_modules is a symbolic link to a folder that lacks what package-lock.json names, and installing would empty it: remove the link.',
  );
  exit(1);
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function npm(...args) {
  const cli = env.npm_execpath;
  const [command, prefix] = cli?.endsWith('.js') ? [execPath, [cli]] : ['npm', []];
  const { status, error } = spawnSync(command, [...prefix, ...args], { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}.`);
  exit(1);
}
