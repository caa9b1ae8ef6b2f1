// Writes the Prisma client from prisma/schema.prisma, unless the one that is there was made from the same files.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chdir, env, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { fingerprint, isStamped } from './fingerprint.mjs';

const generatedDir = 'src/platform/database/generated';
const stampPath = `${generatedDir}/.fingerprint`;

chdir(fileURLToPath(new URL('..', import.meta.url)));
const current = fingerprint(['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json']);
if (!isStamped(stampPath, current)) {
  // Prisma would otherwise look for updates on the network.
  const quiet = { ...env, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' };
  const run = spawnSync(execPath, ['node_modules/prisma/build/index.js', 'generate'], {
    env: quiet,
    encoding: 'utf8',
  });
  if (run.status !== 0) {
    console.error(run.stdout + run.stderr);
    exit(1);
  }
  writeFileSync(stampPath, current);
}
