/** The client that `npm run client` writes: it compiles under strict rules, refuses wrong inputs, and runs. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { call } from '../../support/v1.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const painter = {
  graph: {
    '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } },
    '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } },
  },
  manifest: {
    title: 'Painter */ of pictures',
    inputs: {
      width: { type: 'integer', minimum: 16, maximum: 512, targets: [{ node: '1', field: 'width' }] },
      name: { type: 'string', default: 'x', targets: [{ node: '2', field: 'filename_prefix' }] },
    },
    outputs: [{ node: '2', kind: 'image' }],
  },
};
const use = `
import { ApiError, Client } from './client.js';

export async function paint(baseUrl: string): Promise<{ state: string; outputs: number; refused: number }> {
  const client = new Client({ baseUrl });
  const job = await client.runPainter2({ width: 96 }, { wait: 60 });
  const ended = 'state' in job ? job : await client.ended(job);
  const refused = await client.runPainter2({ width: 9999 }).then(() => 0, (error: unknown) => (error instanceof ApiError ? error.status : -1));
  return { state: ended.state, outputs: ended.outputs.length, refused };
}

export function wrong(client: Client): void {
  // @ts-expect-error a required input is missing
  void client.runPainter2({});
  // @ts-expect-error of another type
  void client.runPainter2({ width: 'wide' });
  // @ts-expect-error no such input
  void client.runPainter2({ width: 16, colour: 'red' });
  void client.runWan22I2v14b4({ prompt: 'a', image: { url: 'https://pictures.example/a.png' }, length: 33 });
  void client.runWan22I2v14b4({ prompt: 'a', image: 'data:image/png;base64,AAAA' });
}
`;

describe('the generated client', () => {
  let cluster: Cluster;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(root, '.client-'));
    cluster = await startCluster({ nodes: [{ name: 'sim-1' }] });
    await call(`${cluster.url}/v1/workflows/painter2`, 'PUT', painter);
    await promisify(execFile)(process.execPath, [join(root, 'scripts/client.mjs'), cluster.url, folder]);
    await writeFile(join(folder, 'use.ts'), use);
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true });
  });

  it('compiles, and does not with inputs that do not fit', () => {
    const program = ts.createProgram([join(folder, 'use.ts')], {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      types: [],
    });
    const told = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(told).toEqual([]);
  });

  it('runs a workflow and throws what the service refuses', async () => {
    const made = (await import(pathToFileURL(join(folder, 'use.ts')).href)) as {
      paint: (url: string) => Promise<object>;
    };
    expect(await made.paint(cluster.url)).toEqual({ state: 'succeeded', outputs: 1, refused: 422 });
  });

  it('is made of a document that has every workflow', async () => {
    const { body } = await call<{ openapi: string; paths: object }>(`${cluster.url}/openapi.json`);
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/workflows/painter2/run',
        '/v1/workflows/wan2.2_i2v_14b_4/run',
        '/v1/jobs/batch',
      ]),
    );
  });
});
