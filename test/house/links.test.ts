/** A stranger follows links: each leads to a file or folder that is there, and to a heading that is on its page. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).flatMap((path) =>
    path.endsWith('.md') ? [join('docs', path)] : [],
  ),
];
const stepsMax = 4;

/** Where a stranger looks for something, and the file in which it stands. */
const sought: [what: string, file: string, words: string][] = [
  ['where a job begins to wait for a warm model', 'src/modules/scheduling/round/hold.ts', 'function hold('],
  ['where that wait ends', 'src/modules/scheduling/round/hold.ts', 'function endHold('],
  ['where a webhook is signed', 'src/doors/webhooks/signature.ts', 'createHmac('],
  ['what a door is', 'src/doors/kit/door.ts', 'interface Door'],
  ['where a door is added', 'src/create-app.ts', 'doors'],
  ['where a score term is added', 'src/modules/scheduling/score/index.ts', 'function costS('],
  ['where an error code is added', 'src/platform/fault.ts', 'faultStatus'],
];

interface Link {
  path: string;
  heading: string | undefined;
}

/** Links to other places are left out. */
function linksOf(page: string): Link[] {
  const text = withoutBlocks(readFileSync(join(root, page), 'utf8'));
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const { pathname, hash } = new URL(target, `file:///${page}`);
    return [{ path: decodeURIComponent(pathname).slice(1), heading: hash.slice(1) || undefined }];
  });
}

const withoutBlocks = (text: string): string => text.replaceAll(/^```[^]*?^```/gm, '');

/** As GitHub names them. */
const headingsOf = (page: string): string[] =>
  [...withoutBlocks(readFileSync(join(root, page), 'utf8')).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

it.each(pages)('every link of %s leads somewhere', (page) => {
  const broken = linksOf(page).filter(
    ({ path, heading }) =>
      !existsSync(join(root, path)) ||
      (heading !== undefined && path.endsWith('.md') && !headingsOf(path).includes(heading)),
  );
  expect(broken).toEqual([]);
});

it.each(sought)(`%s is found from README in ${stepsMax} steps`, (_, file, words) => {
  expect(stepsTo(file)).toBeLessThanOrEqual(stepsMax);
  expect(readFileSync(join(root, file), 'utf8')).toContain(words);
});

/** By links alone; `Infinity` when none leads there. */
function stepsTo(file: string): number {
  const seen = new Set(['README.md']);
  let pagesHere = ['README.md'];
  for (let steps = 1; pagesHere.length > 0; steps += 1) {
    const next = pagesHere
      .flatMap(linksOf)
      .map(({ path }) => relative(root, join(root, path)))
      .filter((path) => !seen.has(path));
    if (next.includes(file)) return steps;
    for (const path of next) seen.add(path);
    pagesHere = next.filter((path) => path.endsWith('.md') && statSync(join(root, path)).isFile());
  }
  return Infinity;
}
