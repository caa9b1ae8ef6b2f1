/** What docs/backup.md promises: dump and copy while it runs, lose everything, restore, go on. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, promptsOf, type Replica } from '../support/deployment.js';
import {
  type InstalledPostgres,
  installedPostgresDir as binDir,
  runProgram,
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

    const start = async (): Promise<Replica> => deployment.start({ STORAGE_URL: `file://${storage()}` });

    async function backUp(): Promise<void> {
      const url = server.urlOf('comfymux');
      await runProgram(`${binDir}/pg_dump`, '--format=custom', `--file=${folder}/dump`, url);
      await cp(storage(), join(folder, 'copy'), { recursive: true });
    }

    async function loseEverything(): Promise<void> {
      await service.kill();
      await server.query('DROP DATABASE comfymux WITH (FORCE)');
      await rm(storage(), { recursive: true });
    }

    async function restore(): Promise<void> {
      await server.query('CREATE DATABASE comfymux');
      const url = server.urlOf('comfymux');
      await runProgram(`${binDir}/pg_restore`, '--no-owner', `--dbname=${url}`, `${folder}/dump`);
      await cp(join(folder, 'copy'), storage(), { recursive: true });
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
      service = await start();
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
