import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/poll.js';
import { SystemClock } from '../../../platform/clock/index.js';
import { FileSource } from './file-source.js';

const listing = (...names: string[]) =>
  `nodes:\n${names.map((name) => `  - { name: ${name}, url: 'http://${name}:8188' }\n`).join('')}`;

function follow(text?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'comfymux-nodes-'));
  const path = join(folder, 'nodes.yaml');
  if (text !== undefined) writeFileSync(path, text);
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const source = new FileSource(path, { clock: new SystemClock(), log, changed: () => undefined });
  source.start();
  onTestFinished(async () => {
    await source.stop();
    rmSync(folder, { recursive: true });
  });
  const names = () => source.report.sighting?.nodes.map(({ id }) => id);
  return {
    folder,
    path,
    source,
    names,
    lines,
    expectNodes: async (...expected: string[]) =>
      eventually(() => names()?.join() === expected.join(), { what: expected.join() }),
    /** As careful programs write: another file, moved into place. */
    replace: (next: string) => {
      writeFileSync(`${path}.new`, next);
      renameSync(`${path}.new`, path);
    },
  };
}

describe('NODES_FILE', () => {
  it('is read again when it is written, and when another takes its place', async () => {
    const { path, expectNodes, replace } = follow(listing('a'));
    await expectNodes('a');
    writeFileSync(path, listing('a', 'b'));
    await expectNodes('a', 'b');
    replace(listing('c'));
    await expectNodes('c');
    replace('nodes: []');
    await expectNodes();
  });

  it('is read again when it is a ConfigMap whose folder is swapped', async () => {
    const { folder, path, expectNodes } = follow();
    for (const [version, name] of ['a', 'b'].entries()) {
      const data = mkdtempSync(join(folder, `v${version}-`));
      writeFileSync(join(data, 'nodes.yaml'), listing(name));
      symlinkSync(data, join(folder, 'data-next'));
      renameSync(join(folder, 'data-next'), join(folder, 'data'));
      if (version === 0) symlinkSync('data/nodes.yaml', path);
      await expectNodes(name);
    }
  });

  it.each([
    ['is not YAML', 'nodes: [', /Flow sequence|flow/i],
    ['is empty, as half-way through a write', '', /the file/],
    ['has a mistake in one entry', 'nodes: [{ name: a, url: nowhere }]', /nodes\.0\.url/],
  ])(
    'that %s keeps the last good one, says so once, and is taken when it is mended',
    async (_what, broken, reason) => {
      const { expectNodes, names, replace, source, lines } = follow(listing('a'));
      await expectNodes('a');
      replace(broken);
      await eventually(() => source.report.failure !== undefined);
      expect(source.report).toMatchObject({ isFresh: false, failure: expect.stringMatching(reason) });
      expect(names()).toEqual(['a']);
      replace(`${broken}\n# still`);
      replace(listing('a', 'b'));
      await expectNodes('a', 'b');
      expect(source.report.isFresh).toBe(true);
      expect(lines.map(({ msg }) => msg)).toEqual([
        'a source of nodes cannot be read: the registry stays as it is',
        'a source of nodes can be read again',
      ]);
    },
  );

  it('that is not there yet names nobody, and nobody is said to be gone', async () => {
    const { source, replace, expectNodes } = follow();
    await eventually(() => source.report.failure !== undefined);
    expect(source.report).toMatchObject({ sighting: undefined, isFresh: false });
    replace(listing('a'));
    await expectNodes('a');
  });
});
