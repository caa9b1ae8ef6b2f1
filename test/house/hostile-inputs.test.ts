/** docs/hostile-inputs.md names for each kind the test that holds it, and docs/limits.md each bound as the sources keep it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${path}`, import.meta.url)), 'utf8');

/** Cells of the rows of a page's tables, without their heads. */
const rowsOf = (page: string): string[][] =>
  read(page)
    .split('\n')
    .filter((line) => /^\| (?!tried|of \||---)/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const linksOf = (text: string): { words: string; path: string }[] =>
  [...text.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, words = '', path = '']) => ({ words, path }));

const kinds = rowsOf('hostile-inputs.md');
const limits = rowsOf('limits.md');

it('has kinds and limits to look at', () => {
  expect(kinds.length).toBeGreaterThan(30);
  expect(limits.length).toBeGreaterThan(40);
});

it.each(kinds)('%s: a test holds it', (_tried, _comes, heldBy) => {
  const links = linksOf(heldBy ?? '');
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter(({ words, path }) => !read(path).includes(words))).toEqual([]);
});

it.each(limits)('%s: %s', (_of, atMost, keptAs) => {
  const [link] = linksOf(keptAs ?? '');
  expect(boundIn(read(link!.path), link!.words)).toBe(Number(atMost.replaceAll(',', '')));
});

/** The number that a constant or a default of a setting is. */
function boundIn(source: string, name: string): number {
  const constant = new RegExp(`\\b${name} = ([\\d_* ]+);`).exec(source)?.[1];
  const setting = new RegExp(`\\b${name}: count\\s*\\.default\\(([\\d_]+)\\)`).exec(source)?.[1];
  const factors = (constant ?? setting ?? '').replaceAll('_', '').split(/(?<!\*)\*(?!\*)/);
  return factors.map(powerOf).reduce((product, factor) => product * factor, 1);
}

/** `1024 ** 3`, or a number alone. */
function powerOf(text: string): number {
  const [base = '', exponent = '1'] = text.split('**');
  return base.trim() === '' ? NaN : Number(base) ** Number(exponent);
}
