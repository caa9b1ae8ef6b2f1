/**
 * The `openai` package for Python and LiteLLM, as PyPI has them, unmodified, with no more than another base URL. `npm run
 * test:openai-python`; as part of `npm test` where CI says so or where they were fetched before, since they take 400 MB.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { solidPng } from '../../support/pictures.js';
import { isMade, pythonIn, pythonPackages } from '../../support/python-packages.js';
import { call, workflow } from '../../support/v1.js';
import { workflows } from './workflows.js';

const versions = { openai: '3.57.0', litellm: '1.110.2' };
const name = `openai-${versions.openai}-litellm-${versions.litellm}`;
const isRequired = process.env['OPENAI_PYTHON'] === 'required';
const isWanted = isRequired || process.env['CI'] === 'true' || isMade(name);
const packages = Object.entries(versions).map(([each, version]) => `${each}==${version}`);
const folder = isWanted ? pythonPackages(name, packages) : undefined;
const why = folder
  ? ''
  : ` — skipped: ${isWanted ? 'they cannot be had from PyPI' : 'they were not fetched'}`;
if (!folder && isRequired) throw new Error(`openai and LiteLLM for Python${why}`);
const timeoutMs = 120_000;

describe.skipIf(!folder)(`clients in Python${why}`, { timeout: timeoutMs }, () => {
  let cluster: Cluster;
  let scratch: string;

  beforeAll(async () => {
    [cluster, scratch] = [
      await startCluster({ nodes: [{ name: 'sim-1' }] }),
      await mkdtemp(join(tmpdir(), 'comfymux-python-')),
    ];
    for (const [each, body] of Object.entries(workflows))
      await call(`${cluster.url}/v1/workflows/${each}`, 'PUT', body);
    await writeFile(join(scratch, 'green.png'), solidPng([10, 160, 40], { width: 512, height: 512 }));
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  const told = async (script: string): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(
      pythonIn(folder!),
      [
        fileURLToPath(new URL(script, import.meta.url)),
        `${cluster.url}/openai/v1`,
        workflow,
        join(scratch, 'green.png'),
      ],
      // LiteLLM would fetch a list of prices from the network.
      { timeout: timeoutMs, env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True' } },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
  };

  it(`openai ${versions.openai} makes and edits images, makes a video and waits for it`, async () => {
    expect(await told('openai_client.py')).toEqual({
      models: ['painter', 'retoucher', workflow].toSorted(),
      images: ['png', 'png'],
      edited: ['png'],
      video: ['completed', 'mp4'],
      listed: [true],
      deleted: true,
      unknown: 'model_not_found',
    });
  });

  it(`LiteLLM ${versions.litellm} makes and edits images, and makes a video`, async () => {
    expect(await told('litellm_client.py')).toEqual({
      images: ['png', 'png'],
      edited: ['png'],
      video: ['completed', 'mp4'],
    });
  });
});
