/** What is wrong with a request is told in the contract's own codes, and leaves nothing behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { ApiV2Client } from './client.js';
import { inverted } from './graphs.js';

type Sent = Record<string, unknown>;

describe('Comfy API v2 refuses', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'one', stepMs: 1, loadMs: 1 }] });
    // Graphs are held against what the nodes told of their classes.
    const knows = async (): Promise<boolean> =>
      'SaveImage' in
      ((await (await fetch(`${cluster.service.nativeUrl}/object_info/SaveImage`)).json()) as object);
    await eventually(knows, { what: 'the classes of the cluster' });
  });
  afterAll(async () => cluster.stop());

  async function call(
    method: string,
    path: string,
    body?: string | FormData,
    headers: Record<string, string> = {},
  ) {
    const answer = await new ApiV2Client(cluster.url).call<{ error?: { code: string } }>(
      method,
      path,
      body,
      headers,
    );
    return { status: answer.status, code: answer.body?.error?.code, headers: answer.headers };
  }
  const submit = async (body: unknown, headers: Record<string, string> = {}) =>
    call('POST', '/jobs', typeof body === 'string' ? body : JSON.stringify(body), headers);
  const output = { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } };
  const empty = { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 0 } };
  const graph = { 1: empty, 2: output };

  it.each<[string, unknown, number, string]>([
    ['no JSON', '{', 400, 'invalid_request'],
    ['a list', '[]', 400, 'invalid_request'],
    ['no workflow', {}, 422, 'invalid_workflow'],
    ['an empty graph', { workflow: {} }, 422, 'invalid_workflow'],
    ['UI format', { workflow: { nodes: [], links: [] } }, 422, 'workflow_format_ui'],
    ['a reserved field', { workflow: graph, inputs: {} }, 422, 'invalid_workflow'],
    ['another credential', { workflow: graph, extra_data: { other: 'x' } }, 400, 'invalid_request'],
    [
      'a null credential',
      { workflow: graph, extra_data: { api_key_comfy_org: null } },
      400,
      'invalid_request',
    ],
    ['a bad label', { workflow: graph, metadata: { 'a b': 'x' } }, 422, 'metadata_invalid'],
    ['an unknown class', { workflow: { 1: { class_type: 'None', inputs: {} } } }, 422, 'invalid_workflow'],
    ['no output', { workflow: { 1: empty } }, 422, 'invalid_workflow'],
    ['a missing input', { workflow: { 1: { ...empty, inputs: {} }, 2: output } }, 422, 'invalid_workflow'],
    ['an unknown file', { workflow: inverted('nobody has it.png') }, 422, 'invalid_workflow'],
    [
      'an unknown asset',
      { workflow: inverted({ __type: 'core/ASSET', info: { id: crypto.randomUUID() } }) },
      422,
      'missing_asset',
    ],
    [
      'an unknown asset inside a list',
      { workflow: inverted([{ __type: 'core/ASSET', info: { id: crypto.randomUUID() } }]) },
      422,
      'missing_asset',
    ],
    ['an asset without id', { workflow: inverted({ __type: 'core/ASSET', info: {} }) }, 422, 'missing_asset'],
  ])('%s', async (_what, body, status, code) => {
    expect(await submit(body)).toMatchObject({ status, code });
  });

  it.each(['', 'k'.repeat(256)])('a key of other length: %#', async (key) => {
    expect(await submit({ workflow: graph }, { 'idempotency-key': key })).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
  });

  it.each(['/jobs/ghost', `/jobs/${crypto.randomUUID()}`, '/assets/ghost', '/nothing'])(
    'what is not there: %s',
    async (path) => {
      const { status, code, headers } = await call('GET', path);
      expect([status, code]).toEqual([404, 'not_found']);
      expect(headers.get('x-comfy-request-id')).toBe(headers.get('x-request-id'));
    },
  );

  it.each<[string, Sent, number, string]>([
    ['no path', {}, 422, 'invalid_request'],
    ['a climbing path', { file_path: '../x.png' }, 422, 'invalid_request'],
    ['a model', { file_path: 'models/loras/x.safetensors' }, 422, 'invalid_request'],
    ['another hash', { file_path: 'x.png', expected_hash: `blake3:${'0'.repeat(64)}` }, 409, 'hash_mismatch'],
    ['a short life', { file_path: 'x.png', expires_in: '1' }, 422, 'invalid_request'],
  ])('an upload with %s, file first or last', async (_what, fields, status, code) => {
    for (const fileFirst of [true, false]) {
      const form = new FormData();
      const file = new Blob([solidPng([1, 2, 3])], { type: 'image/png' });
      if (fileFirst) form.set('file', file, 'x.png');
      for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
      if (!fileFirst) form.set('file', file, 'x.png');
      expect(await call('POST', '/assets', form)).toMatchObject({ status, code });
    }
  });

  it('pages of other sites', async () => {
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const { status, headers: answered } = await submit({ workflow: graph }, headers);
    expect([status, answered.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});
