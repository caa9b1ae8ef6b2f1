/** docs/clients.md is true: its versions are the installed ones, its tests exist and use the client that they are named for. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const rows = read('docs/clients.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '')),
  );

/** Client libraries among what the tests of the contract import. */
const clients = Object.entries(
  (JSON.parse(read('package.json')) as { devDependencies: Record<string, string> }).devDependencies,
).filter(([name]) => /comfy/.test(name));

test('there are client libraries to tell of', () => expect(clients.length).toBeGreaterThanOrEqual(3));

test.each(clients)('%s is told with its version %s and the test that imports it', (name, version) => {
  const row = rows.find(([client]) => client === name);
  expect(row?.[1]).toBe(version);
  expect(read(row?.at(-1) ?? '')).toContain(`from '${name}'`);
});

test.each(rows)('the test of %s exists', (...cells) => {
  expect(read(cells.at(-1) ?? '')).toContain('expect(');
});
