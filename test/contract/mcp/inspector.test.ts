/** The command line of the MCP inspector, unmodified: the last one that is a package by itself, later ones need Node 22. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { makeKey } from '../../support/keys.js';
import { call } from '../../support/v1.js';

const run = promisify(execFile);
const inspector = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector-cli/package.json')),
  'build/index.js',
);
const timeoutMs = 60_000;
const painter = {
  graph: {
    '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } },
    '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } },
  },
  manifest: {
    title: 'Painter',
    description: 'Paints.',
    inputs: {
      width: { type: 'integer', minimum: 16, maximum: 512, targets: [{ node: '1', field: 'width' }] },
    },
    outputs: [{ node: '2', kind: 'image' }],
  },
};

describe('the MCP inspector', { timeout: timeoutMs * 2 }, () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1' }] });
    await call(`${cluster.url}/v1/workflows/painter`, 'PUT', painter);
  });
  afterAll(async () => cluster.stop());

  const asks = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await run(
      process.execPath,
      [inspector, `${cluster.url}/mcp`, '--transport', 'http', ...args],
      { timeout: timeoutMs },
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('lists a tool for the workflow, with its schema', async () => {
    const { tools } = (await asks('--method', 'tools/list')) as {
      tools: { name: string; inputSchema: unknown }[];
    };
    expect(tools.find(({ name }) => name === 'painter')?.inputSchema).toMatchObject({
      properties: { width: { type: 'integer', minimum: 16, maximum: 512 } },
      required: ['width'],
    });
  });

  it('calls it with a key, and gets the picture', async () => {
    const { key } = await makeKey(cluster.url, { principal: 'inspector', role: 'submit' });
    const header = ['--header', `X-API-Key: ${key}`];
    const wanted = ['--method', 'tools/call', '--tool-name', 'painter', '--tool-arg', 'width=96'];
    const { content, isError } = await asks(...header, ...wanted);
    expect(isError ?? false).toBe(false);
    expect(content).toContainEqual(expect.objectContaining({ type: 'image', mimeType: 'image/png' }));
  });
});
