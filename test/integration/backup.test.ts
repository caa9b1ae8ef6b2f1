/** What docs/backup.md promises: dump and copy while it runs, lose everything, restore, go on. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandBlock } from '../support/pages.js';
import { followPage } from '../support/commands.js';
import { Deployment, promptsOf, type Replica } from '../support/deployment.js';
import {
  type InstalledPostgres,
  installedPostgresDir as binDir,
  startInstalledPostgres,
} from '../support/installed-postgres.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

describe.skipIf(!binDir)(
  `a backup${binDir ? '' : ' — skipped: pg_dump is not here (Debian: postgresql)'}`,
  () => {
    let server: InstalledPostgres;
    let deployment: Deployment;
    let service: Replica;
    let folder: string;
    const storage = () => join(folder, 'storage');

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'comfymux-backup-'));
      await mkdir(join(folder, 'backup'));
      server = await startInstalledPostgres(binDir ?? '');
      await server.query('CREATE DATABASE comfymux');
      deployment = await Deployment.create(
        ['one', 'two', 'three'].map((name) => ({ name, stepMs: 20, loadMs: 1 })),
        server.urlOf('comfymux'),
      );
      service = await start();
    });
    afterAll(async () => {
      await deployment?.destroy();
      await server?.stop();
      await rm(folder, { recursive: true });
    });

    const start = async (options?: { nodesReady: boolean }): Promise<Replica> =>
      deployment.start({ STORAGE_URL: `file://${storage()}` }, options);

    const follow = async (heading: string, part: string): Promise<string> =>
      followPage(commandBlock('backup.md', heading, part), {
        PATH: `${binDir}:${process.env['PATH']}`,
        ADMIN_URL: server.urlOf('postgres'),
        DATABASE_URL: server.urlOf('comfymux'),
        STORAGE: storage(),
        BACKUP: join(folder, 'backup'),
      });

    const backUp = async (): Promise<string> =>
      follow('Back up: the database first, then the storage', '--file=');

    async function loseEverything(): Promise<void> {
      await service.kill();
      await server.query('DROP DATABASE comfymux WITH (FORCE)');
      await rm(storage(), { recursive: true });
    }

    async function restore(): Promise<void> {
      await follow('Restore', 'createdb --maintenance-db');
      await follow('Restore', '"$BACKUP/storage/."');
    }

    /** The restored database is looked at first: nothing is dispatched before the operator's word. */
    async function startAndAdopt(): Promise<Replica> {
      const restored = await start({ nodesReady: false });
      const ready = await (await fetch(`${restored.url}/readyz`)).text();
      expect(ready).toContain('the database was restored from a backup or copied');
      expect(await follow('Restore', 'npm run site')).toContain('Adopted as site');
      const names = deployment.nodes.map(({ name }) => name);
      await eventually(() => restored.jobs.nodesTakeWork(names), { timeoutMs: 30_000, what: 'ready nodes' });
      return restored;
    }

    async function bytesOf(id: string): Promise<Buffer> {
      const url = (await service.jobs.get(id)).outputs[0]?.url ?? '';
      const response = await fetch(new URL(url, service.url));
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    }

    it('is restored after the loss of all: results are there, and every job that ran is followed, fetched or run again', async () => {
      const done = await service.jobs.submit(samplingGraph());
      await service.jobs.ended(done);
      const picture = await bytesOf(done);

      for (const node of deployment.nodes) node.inject({ kind: 'hang-sampling' });
      const running = await Promise.all(
        deployment.nodes.map(async () => service.jobs.submit(samplingGraph())),
      );
      for (const id of running) await service.jobs.attemptIs(id, 'running');
      const [followed = '', fetched = '', repeated = ''] = running;
      const nodeOf = async (id: string) => deployment.node((await service.jobs.get(id)).node_id ?? '');
      const [following, fetching, repeating] = await Promise.all(running.map(nodeOf));
      const waiting = await service.jobs.submit(samplingGraph());
      await backUp();
      const late = await service.jobs.submit(samplingGraph());
      await loseEverything();

      fetching?.clearFaults();
      await eventually(() => fetching?.record().some(({ outcome }) => outcome === 'success'), {
        what: 'a run that ends while nobody follows it',
      });
      repeating?.clearFaults();
      await repeating?.restart();
      await restore();
      service = await startAndAdopt();
      following?.clearFaults();

      expect(await bytesOf(done)).toEqual(picture);
      for (const id of [followed, fetched]) {
        const job = await service.jobs.ended(id);
        expect(job).toMatchObject({ state: 'succeeded', history: [{ outcome: 'ok' }] });
        expect(promptsOf(job, deployment.nodes)).toMatchObject([{ outcome: 'success' }]);
        expect((await bytesOf(id)).byteLength).toBeGreaterThan(50);
      }
      expect(await service.jobs.ended(repeated)).toMatchObject({
        state: 'succeeded',
        history: [{ outcome: 'node_lost', error: { code: 'node_lost' } }, { outcome: 'ok' }],
      });
      expect(await service.jobs.ended(waiting)).toMatchObject({ state: 'succeeded' });
      expect((await fetch(`${service.url}/v1/jobs/${late}`)).status).toBe(404);
      expect(await service.jobs.ended(await service.jobs.submit(samplingGraph()))).toMatchObject({
        state: 'succeeded',
      });
    });
  },
);
