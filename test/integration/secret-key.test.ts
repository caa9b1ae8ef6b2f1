/** Replicas with different keys cannot read each other's secrets: the second is told at its start. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployment } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { launchService } from '../support/service.js';

const [key, other, third] = ['the key of them all', 'a key of its own', 'the key of tomorrow'];

describe('SECRET_KEY', { timeout: 180_000 }, () => {
  let deployment: Deployment;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comfymux-key-'));
    deployment = await Deployment.create([{ name: 'gpu1' }]);
  });
  afterEach(async () => {
    await deployment.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const shared = () => ({ STORAGE_URL: `file://${folder}/storage` });

  async function refusalOf(env: Record<string, string>): Promise<string> {
    const service = await launchService({
      DATABASE_URL: deployment.databaseUrl,
      DATA_DIR: join(folder, 'second'),
      SIMULATE: 'off',
      ...shared(),
      ...env,
    });
    expect(await service.ended).toBe(1);
    return service.errorOutput();
  }

  it('must be that of the replicas that live, whether it is given or made', async () => {
    await deployment.start({ ...shared(), SECRET_KEY: key });
    const strangers: Record<string, string>[] = [{ SECRET_KEY: other }, {}];
    for (const env of strangers)
      expect(await refusalOf(env)).toContain(
        'SECRET_KEY is not the one that the other replicas of this database have',
      );
    await deployment.start({ ...shared(), DATA_DIR: join(folder, 'third'), SECRET_KEY: key });
  });

  it('is changed in two steps, while every replica reads what the others seal', async () => {
    await deployment.start({ ...shared(), SECRET_KEY: key });
    await deployment.start({ ...shared(), SECRET_KEY: key, SECRET_KEY_PREVIOUS: third });
    await deployment.start({ ...shared(), SECRET_KEY: third, SECRET_KEY_PREVIOUS: key });
    expect(await refusalOf({ SECRET_KEY: key })).toContain('SECRET_KEY is not the one');
  });

  it('may be lost by a service that is alone, which says what that costs', async () => {
    const first = await deployment.start({ ...shared(), SECRET_KEY: key });
    await first.stop();
    const next = await deployment.start({ ...shared(), SECRET_KEY: other });
    await eventually(() => next.output().includes('SECRET_KEY is another than before'), {
      what: 'a word of the loss',
    });
  });
});
