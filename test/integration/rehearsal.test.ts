/** docs/backup.md, "Rehearse it", followed word by word beside a running cluster: not one request reaches a node. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { followPage } from '../support/commands.js';
import { Deployment, type Replica } from '../support/deployment.js';
import {
  type InstalledPostgres,
  installedPostgresDir as binDir,
  startInstalledPostgres,
} from '../support/installed-postgres.js';
import { JobsClient } from '../support/jobs-client.js';
import { commandBlock } from '../support/pages.js';
import { eventually } from '../support/poll.js';
import { type RequestMeter, startRequestMeter } from '../support/request-meter.js';
import { samplingGraph } from '../support/sampling-graph.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const heading = 'Rehearse it';
const rehearsalUrl = 'http://127.0.0.1:5999';
/** Many times the polls of the original, whose timings the rehearsal is given too. */
const watchedForMs = 5_000;

describe.skipIf(!binDir)(
  `a rehearsal${binDir ? '' : ' — skipped: pg_dump is not here (Debian: postgresql)'}`,
  () => {
    let server: InstalledPostgres;
    let deployment: Deployment;
    let original: Replica;
    let folder: string;
    let meters: RequestMeter[];
    let done: string;
    let running: string[];
    const endings: (() => Promise<void>)[] = [];

    const names = ['gpu1', 'gpu2', 'gpu3'];
    const page = () => ({
      PATH: `${binDir}:${process.env['PATH']}`,
      TMPDIR: folder,
      ADMIN_URL: server.urlOf('postgres'),
      DATABASE_URL: server.urlOf('comfymux'),
      STORAGE: join(folder, 'storage'),
      BACKUP: join(folder, 'backup'),
    });
    const count = (): number => meters.reduce((sum, meter) => sum + meter.count(), 0);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'comfymux-rehearsal-'));
      await mkdir(join(folder, 'backup'));
      server = await startInstalledPostgres(binDir ?? '');
      await server.query('CREATE DATABASE comfymux');
      deployment = await Deployment.create(
        names.map((name) => ({ name, stepMs: 20, loadMs: 1 })),
        server.urlOf('comfymux'),
      );
      meters = await Promise.all(deployment.nodes.map(({ port }) => startRequestMeter(port)));
      original = await deployment.start({
        STORAGE_URL: `file://${folder}/storage`,
        NODES: meters.map(({ url }, index) => `${names[index]}=${url}`).join(','),
      });
      done = await original.jobs.submit(samplingGraph());
      await original.jobs.ended(done);
      for (const node of deployment.nodes) node.inject({ kind: 'hang-sampling' });
      running = await Promise.all(names.map(async () => original.jobs.submit(samplingGraph())));
      for (const id of running) await original.jobs.attemptIs(id, 'running');
      await original.jobs.submit(samplingGraph());
      await followPage(
        commandBlock('backup.md', 'Back up: the database first, then the storage', '--file='),
        page(),
      );
    });
    afterEach(async () => {
      for (const end of endings.splice(0)) await end();
    });
    afterAll(async () => {
      await deployment?.destroy();
      await Promise.all((meters ?? []).map(async (meter) => meter.stop()));
      await server?.stop();
      await rm(folder, { recursive: true });
    });

    /** The blocks up to the one that starts the service, which goes on in a shell of its own until the test ends it. */
    async function rehearse(change: (block: string) => string): Promise<JobsClient> {
      const [restoring, starting] = [
        commandBlock('backup.md', heading, 'createdb'),
        change(commandBlock('backup.md', heading, 'node dist/main.js')),
      ];
      const cleaning = commandBlock('backup.md', heading, 'dropdb');
      const shell = spawn(
        'bash',
        [
          '-eu',
          '-c',
          `${restoring}\n{ ${starting.trim()} & echo $! >"$BACKUP/pid"; }\nwait || true\n${cleaning}`,
        ],
        { cwd: root, env: { ...process.env, ...page(), IDLE_POLL_INTERVAL_MS: '200' }, stdio: 'inherit' },
      );
      endings.push(async () => {
        if (shell.exitCode !== null) return;
        await followPage('kill "$(cat "$BACKUP/pid")"', page());
        expect(await once(shell, 'exit')).toEqual([0, null]);
      });
      await eventually(async () => (await fetch(`${rehearsalUrl}/readyz`)).ok, {
        timeoutMs: 60_000,
        what: 'the rehearsal',
      });
      return new JobsClient(rehearsalUrl);
    }

    /** Everything that reaches a node while the original stands still is the rehearsal's. */
    async function countedWithoutOriginal(scene: () => Promise<void>): Promise<number> {
      process.kill(original.pid, 'SIGSTOP');
      try {
        await sleep(300);
        const before = count();
        await scene();
        return count() - before;
      } finally {
        process.kill(original.pid, 'SIGCONT');
      }
    }

    it('shows jobs and results, takes none of the work, and asks no node anything', async () => {
      const asked = await countedWithoutOriginal(async () => {
        const jobs = await rehearse((block) => block);
        const readiness = await (await fetch(`${rehearsalUrl}/readyz`)).text();
        expect(readiness).toContain('touches no node: DISPATCH is off');
        const restored = await jobs.get(done);
        expect(restored).toMatchObject({ state: 'succeeded' });
        const picture = await fetch(new URL(restored.outputs[0]?.url ?? '', rehearsalUrl));
        expect((await picture.arrayBuffer()).byteLength).toBeGreaterThan(50);
        const added = await jobs.submit(samplingGraph());
        await jobs.cancel(running[0]!);
        await sleep(watchedForMs);
        expect(await jobs.get(added)).toMatchObject({
          state: 'queued',
          waiting_for: expect.stringContaining('DISPATCH is off'),
        });
        expect(await jobs.get(running[1]!)).toMatchObject({ state: 'active', attempts: 1 });
        expect(await jobs.nodesTakeWork(names)).toBe(false);
      });
      expect(asked).toBe(0);
    });

    it('asks no node anything without DISPATCH=off either, until the database is adopted', async () => {
      const asked = await countedWithoutOriginal(async () => {
        const jobs = await rehearse((block) => block.replace('DISPATCH=off ', ''));
        const readiness = await (await fetch(`${rehearsalUrl}/readyz`)).text();
        expect(readiness).toContain('the database was restored from a backup or copied');
        await sleep(watchedForMs);
        expect(await jobs.get(running[1]!)).toMatchObject({ state: 'active', attempts: 1 });
      });
      expect(asked).toBe(0);
    });

    it('leaves nothing behind, and the original has gone on', async () => {
      await expect(
        followPage('psql "${DATABASE_URL%/*}/rehearsal" --command="select 1"', page()),
      ).rejects.toThrow('database "rehearsal" does not exist');
      expect(existsSync(join(folder, 'storage'))).toBe(true);
      for (const node of deployment.nodes) node.clearFaults();
      for (const id of running) expect(await original.jobs.ended(id)).toMatchObject({ state: 'succeeded' });
    });
  },
);
