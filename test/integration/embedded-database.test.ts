import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { locateBinaries } from '../../src/platform/database/embedded/binaries.js';
import { Cluster } from '../../src/platform/database/embedded/cluster.js';
import { processIdentity } from '../../src/platform/database/embedded/processes.js';
import { chooseServerUser } from '../../src/platform/database/embedded/server-user.js';
import { eventually } from '../support/poll.js';

const program = fileURLToPath(new URL('./embedded-database.program.mjs', import.meta.url));
const isRoot = process.getuid?.() === 0;

interface Holder {
  process: ChildProcess;
  server: { pid: number; url: string };
  output: () => string;
  end: (signal: NodeJS.Signals) => Promise<number | null>;
}

describe('the embedded database', () => {
  const folders: string[] = [];
  const holders: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of holders.splice(0)) await end(child, 'SIGTERM');
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function newFolder(): string {
    const path = mkdtempSync(join(tmpdir(), 'comfymux-embedded-'));
    folders.push(path);
    return path;
  }

  function launch(dataDir: string) {
    const child = spawn(process.execPath, [program, dataDir], { stdio: 'pipe', detached: true });
    holders.push(child);
    const chunks: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
    return { child, output: () => chunks.join('') };
  }

  async function hold(dataDir: string): Promise<Holder> {
    const { child, output } = launch(dataDir);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return {
      process: child,
      server: JSON.parse(line) as Holder['server'],
      output,
      end: (signal) => end(child, signal),
    };
  }

  it('keeps its data, port and password over a restart', async () => {
    const dataDir = newFolder();
    const first = await hold(dataDir);
    await query(first.server.url, 'create table kept as select 42 as answer');
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await hold(dataDir);
    expect(second.server.url).toBe(first.server.url);
    expect(await query(second.server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const dataDir = newFolder();
    const { server } = await hold(dataDir);
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
    expect(statSync(join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600);
  });

  it('writes no statement or value of a failing statement to its log', async () => {
    const dataDir = newFolder();
    const { server } = await hold(dataDir);
    await query(server.url, 'create table unique_text (value text primary key)');
    const insert = `insert into unique_text values ('a private prompt')`;
    await query(server.url, insert);
    await expect(query(server.url, insert)).rejects.toThrow('duplicate key');
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).not.toContain('private');
  });

  it('ends when its service is killed, and keeps what was committed', async () => {
    const dataDir = newFolder();
    const killed = await hold(dataDir);
    await query(killed.server.url, 'create table kept as select 42 as answer');
    await killed.end('SIGKILL');
    await eventually(() => processIdentity(killed.server.pid) === undefined, {
      what: 'the end of the server',
    });
    const next = await hold(dataDir);
    expect(await query(next.server.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it.runIf(process.platform === 'linux')(
    'starts again at once after a kill, also when nothing but the server was left alive',
    async () => {
      const dataDir = newFolder();
      const killed = await hold(dataDir);
      // Stopped, the service cannot start the server again, and without its shell nobody shuts the server down.
      process.kill(killed.process.pid ?? 0, 'SIGSTOP');
      process.kill(parentOf(killed.server.pid), 'SIGKILL');
      await killed.end('SIGKILL');
      const next = await hold(dataDir);
      expect(next.server.pid).not.toBe(killed.server.pid);
      expect(processIdentity(killed.server.pid)).toBeUndefined();
      expect(await query(next.server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );

  it('is started again on the same port when only the server dies', async () => {
    const { server } = await hold(newFolder());
    process.kill(server.pid, 'SIGKILL');
    await eventually(() => processIdentity(server.pid) === undefined);
    expect(await eventually(() => query(server.url, 'select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('survives the Ctrl-C that its service gets, until the service is done with it', async () => {
    const holder = await hold(newFolder());
    const pid = holder.process.pid ?? 0;
    process.kill(-pid, 'SIGINT');
    expect(await exitCode(holder.process)).toBe(0);
    expect(holder.output()).toContain('used');
    expect(processIdentity(holder.server.pid)).toBeUndefined();
  });

  it('refuses a second service on the same folder, naming the first', async () => {
    const dataDir = newFolder();
    const holder = await hold(dataDir);
    const second = launch(dataDir);
    expect(await exitCode(second.child)).toBe(1);
    expect(second.output().trim()).toBe(
      `Process ${holder.process.pid} already runs a service on ${dataDir}: stop it, or set another DATA_DIR.`,
    );
    expect(await query(holder.server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('runs beside another one on another folder', async () => {
    const [one, other] = await Promise.all([hold(newFolder()), hold(newFolder())]);
    expect(new URL(one.server.url).port).not.toBe(new URL(other.server.url).port);
    await one.end('SIGTERM');
    expect(await query(other.server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it.runIf(isRoot)('runs for root as another user, also where that user may not enter', async () => {
    const parent = newFolder();
    chmodSync(parent, 0o700);
    const { server } = await hold(join(parent, 'data'));
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
  });

  it.runIf(isRoot)('is created for root by programs in a folder that no other user may enter', async () => {
    const parent = newFolder();
    chmodSync(parent, 0o700);
    const { initdb } = await locateBinaries();
    cpSync(join(initdb, '..', '..'), join(parent, 'native'), { recursive: true, verbatimSymlinks: true });
    const bin = join(parent, 'native', 'bin');
    const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    const cluster = new Cluster(parent);
    await cluster.ensure(binaries, chooseServerUser(binaries, parent, cluster.dir), false);
    expect(statSync(cluster.dir).uid).not.toBe(0);
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  return exitCode(child);
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
