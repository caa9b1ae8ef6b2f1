/** Every command that the documentation shows is run by a test, or it is said here why none can. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandBlocksOf } from '../support/pages.js';

const root = new URL('../../', import.meta.url);
const commands = 'test/e2e/documented-commands.test.ts';
const backup = 'test/integration/backup.test.ts';
const rehearsal = 'test/integration/rehearsal.test.ts';
const noDocker = 'needs Docker; test/deploy/docker.test.ts holds the files that it names';
const noCluster = 'needs a Kubernetes cluster; test/helm renders the chart and asks real schemas';

/** By page, in its order: the test that runs the block, or why none does. */
const blocks: Record<string, readonly ({ by: string } | { why: string })[]> = {
  '../README.md': [
    { why: 'is what every fresh clone runs: the tests themselves, and the service' },
    { by: commands },
    { why: 'names GPUs of the reader' },
  ],
  'access.md': [{ by: commands }, { by: commands }],
  'backup.md': [
    { by: backup },
    { why: noDocker },
    { why: noCluster },
    { by: rehearsal },
    { by: rehearsal },
    { by: rehearsal },
    { by: backup },
    { by: backup },
    { by: backup },
    { why: noDocker },
    { why: noCluster },
  ],
  'calling.md': [{ by: commands }],
  'cli.md': [{ by: commands }],
  'comfy-api-v2.md': [{ why: 'sets a variable; test/contract/api-v2 runs the SDK' }],
  'events.md': [{ by: commands }],
  'from-the-editor.md': [
    { by: commands },
    { by: commands },
    { by: commands },
    { by: commands },
    { by: commands },
  ],
  'install.md': [
    { why: noDocker },
    {
      why: 'makes users and files of a whole machine; test/deploy/prepare.test.ts holds what the unit starts',
    },
    { why: noCluster },
  ],
  'operations.md': [{ by: commands }],
  'security.md': [{ by: commands }],
  'webhooks.md': [{ by: commands }],
  'ui-format.md': [{ by: commands }],
  'workflows.md': [
    { by: commands },
    { why: 'asks a service at its usual port; test/contract/generated-client makes and runs the client' },
  ],
};

const pages = [
  '../README.md',
  ...readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  ),
].filter((page) => commandBlocksOf(page).length > 0);

describe('the commands of the documentation', () => {
  it('are all listed here', () => {
    const shown = Object.fromEntries(pages.map((page) => [page, commandBlocksOf(page).length]));
    expect(shown).toEqual(
      Object.fromEntries(Object.entries(blocks).map(([page, list]) => [page, list.length])),
    );
  });

  it.each(
    Object.entries(blocks).flatMap(([page, list]) =>
      list.flatMap((one) => ('by' in one ? [{ page, ...one }] : [])),
    ),
  )('of $page are read from it by $by', ({ page, by }) => {
    expect(existsSync(new URL(by, root))).toBe(true);
    expect(readFileSync(new URL(by, root), 'utf8')).toContain(`'${page}'`);
  });
});
