import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('npm start and npm test never empty a node_modules that another checkout lent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'comfymux-prepare-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [checkout, lent] = [join(folder, 'checkout'), join(folder, 'lent')];
  for (const name of ['scripts', 'package.json', 'package-lock.json'])
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  mkdirSync(lent);
  writeFileSync(join(lent, 'precious'), '');
  symlinkSync(lent, join(checkout, 'node_modules'));

  const { status, stderr } = spawnSync(process.execPath, ['scripts/start.mjs'], {
    cwd: checkout,
    encoding: 'utf8',
    timeout: 30_000,
  });

  expect(status).toBe(1);
  expect(stderr).toMatch(/^node_modules is a symbolic link .*: remove the link\.\n$/);
  expect(existsSync(join(lent, 'precious'))).toBe(true);
});
