/** docs/architecture.md is true: its tables are compared with the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { descendants, isProductCode, parse, sourceDir, sourceFiles } from './source-tree.js';
import { writersByTable } from './table-writers.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/architecture.md', import.meta.url)), 'utf8');

/** Cells of the rows below a heading, without back quotes. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) =>
    row
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '')),
  );
}

test('each table is written by the parts that the page names', () => {
  const told = rowsBelow('Who writes which table').map(([table, parts = '']) => [table, parts.split(', ')]);
  expect(told).toEqual([...writersByTable()].toSorted(([left], [right]) => (left < right ? -1 : 1)));
});

test('no table but the listed ones has two writers', () => {
  const shared = [...writersByTable()].filter(([, parts]) => parts.length > 1).map(([table]) => table);
  expect(shared.toSorted()).toEqual(['site', 'tenant']);
});

test('each channel is on the page', () => {
  expect(rowsBelow('Channels').map(([channel]) => channel)).toEqual(channelsInCode());
});

test('each folder of a storey is in the drawing', () => {
  const drawing = page.split('```')[1] ?? '';
  for (const storey of ['doors', 'modules', 'programs', 'platform'])
    for (const folder of foldersOf(storey)) expect(drawing, `${storey}/${folder}`).toContain(folder);
});

/** Constants whose name ends in "channel" and whose value begins with our prefix. */
function channelsInCode(): string[] {
  const channels = new Set<string>();
  for (const path of sourceFiles().filter(isProductCode))
    for (const node of descendants(parse(path)))
      if (
        ts.isVariableDeclaration(node) &&
        /channel$/i.test(node.name.getText()) &&
        node.initializer &&
        ts.isStringLiteral(node.initializer)
      )
        channels.add(node.initializer.text);
  return [...channels].toSorted();
}

const foldersOf = (storey: string): string[] =>
  readdirSync(join(sourceDir, storey), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
