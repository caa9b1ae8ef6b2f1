/**
 * The test files of the unit project share what a worker has imported, so `vi.mock` comes too late in one and stays for the next: a file
 * that must mock a module loads it anew and forgets it (`vi.resetModules`, `vi.doMock`, as in test/simulation/versions.test.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folders = [
  'src',
  'console/src',
  'test/house',
  'test/simulation',
  'test/model',
  'test/deploy',
  'test/chaos',
];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(folder, file)),
);

it('no test file of the unit project mocks a module for the whole worker', () => {
  expect(files.length).toBeGreaterThan(200);
  const mocking = files.filter((file) => /^\s*vi\.mock\(/m.test(readFileSync(join(root, file), 'utf8')));
  expect(mocking).toEqual([]);
});
