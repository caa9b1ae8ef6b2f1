/** What keeps the service from serving is told in lines that say what to do, and nothing is left running. */
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';
import { freePort } from '../../support/ports.js';
import { eventually } from '../../support/poll.js';
import { processesNaming } from '../../support/processes.js';
import { launchService } from '../../support/service.js';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'comfymux-refused-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Resolves to the lines on standard error of a start that must fail. */
async function refusal(env: Record<string, string>): Promise<string[]> {
  const service = await launchService({ SIMULATE: 'off', DATA_DIR: newFolder(), ...env });
  let code: number | string | undefined;
  void service.ended.then((end) => (code = end));
  try {
    await eventually(() => code !== undefined, { timeoutMs: 100_000, what: 'the end of the service' });
  } finally {
    await service.kill();
  }
  expect(code, service.output()).toBe(1);
  return service.errorOutput().trimEnd().split('\n');
}

describe('a start that cannot serve', () => {
  afterEach(async () => {
    if (process.platform !== 'linux') return;
    for (const folder of folders)
      await eventually(() => processesNaming(folder).size === 0, { what: `no process on ${folder}` });
  });

  test('names a port that is taken, and ends the database and the simulated nodes it had started', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const lines = await refusal({ PORT: String(port), SIMULATE: 'on' });
    holder.close();
    expect(lines).toEqual([
      `ComfyMux cannot start: EADDRINUSE: address already in use 127.0.0.1:${port}: another program listens there. Stop it, or set PORT to a free port.`,
    ]);
  });

  test('names a database that does not answer, without its password', async () => {
    const port = await freePort();
    const lines = await refusal({ DATABASE_URL: `postgresql://me:secret@127.0.0.1:${port}/mux` });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`127.0.0.1:${port}.*ECONNREFUSED.*check DATABASE_URL`));
    expect(lines[0]).not.toContain('secret');
  });

  test.each([
    [
      'password',
      (url: URL) => void (url.password = 'secret'),
      /password authentication failed|does not exist/,
    ],
    ['name', (url: URL) => void (url.pathname = '/nobody'), /database "nobody" does not exist/],
  ])('names a database that refuses its %s', async (_what, change, reason) => {
    const url = new URL(inject('postgresUrl'));
    change(url);
    const lines = await refusal({ DATABASE_URL: url.href });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(reason);
    expect(lines[0]).not.toContain('secret');
  });

  test('names file, node and field of every mistake in a workflow', async () => {
    const directory = newFolder();
    cpSync(fileURLToPath(new URL('../../../workflows', import.meta.url)), directory, { recursive: true });
    const path = join(directory, 'wan2.2_i2v_14b_4.json');
    const graph = JSON.parse(readFileSync(path, 'utf8')) as Record<
      string,
      { inputs: Record<string, unknown> }
    >;
    delete graph['57']?.inputs['steps'];
    graph['58']!.inputs['model'] = ['nobody', 0];
    writeFileSync(path, JSON.stringify(graph));
    writeFileSync(join(directory, 'broken.json'), '{');
    const [first, ...faults] = await refusal({
      WORKFLOWS_DIR: directory,
      DATABASE_URL: inject('postgresUrl'),
    });
    expect(first).toBe(`ComfyMux cannot start: The workflows in ${directory} cannot be used:`);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/broken\.json: cannot be read: /),
        expect.stringMatching(/broken\.manifest\.json: cannot be read: there is no such file/),
        expect.stringMatching(/wan2\.2_i2v_14b_4\.json, node 58, field model: .*nobody/),
      ]),
    );
  });

  test('names every mistake in the configuration by its variable', async () => {
    const lines = await refusal({ PORT: 'http', NODES: 'gpu1', LOG_LEVEL: 'loud' });
    expect(lines[0]).toBe('ComfyMux cannot start: The configuration has 3 mistakes:');
    expect(lines.slice(1).map((line) => line.trim().split(':')[0])).toEqual(['PORT', 'NODES', 'LOG_LEVEL']);
  });

  test('names a folder that it cannot write', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    const lines = await refusal({ DATA_DIR: file });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`DATA_DIR ${file} cannot be written .*set another`));
  });
});
