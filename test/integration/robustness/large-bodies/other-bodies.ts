/** The worst bodies for routes that take no graph. */
import { small } from './graphs.js';
import type { Kind } from './kind.js';
import { json, manyMembers, range, text } from './values.js';

/** Of `POST /v1/jobs` and its kin. */
const workflow = 'wan2.2_i2v_14b_4';
const inputOfManifest = { node: 'n0', field: 'width', type: 'integer' };
/** Base64 of what is no picture. */
const dataOf12Mb = (): string => Buffer.alloc(12_000_000 - 3_000_000, 'x').toString('base64');
const loading = (image: string): unknown => ({
  load: { class_type: 'LoadImage', inputs: { image } },
  save: { class_type: 'SaveImage', inputs: { images: ['load', 0], filename_prefix: 'x' } },
});
const mcpCall = (args: unknown): unknown => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'none', arguments: args },
});

interface Other {
  door: Kind['door'];
  path: string;
  method?: Kind['method'];
  what: string;
  value: () => unknown;
}

const ids = (): string[] => range(400_000).map(String);

/** Doors that take JSON, but no graph. */
const others: Other[] = [
  { door: 'native', path: '/queue', what: 'ids', value: () => ({ delete: range(400_000) }) },
  { door: 'native', path: '/history', what: 'ids', value: () => ({ delete: ids() }) },
  { door: 'native', path: '/interrupt', what: 'an id of 16 MB', value: () => ({ prompt_id: text('x') }) },
  { door: 'native', path: '/api/jobs/cancel', what: 'ids', value: () => ({ job_ids: ids() }) },
  { door: 'native', path: '/settings', what: 'a megabyte of settings', value: () => manyMembers(15_000) },
  { door: 'native', path: '/settings/a', what: 'values', value: () => ids() },
  { door: 'native', path: '/userdata/a.json', what: '16 MB', value: () => text('x') },
  {
    door: 'own',
    path: '/v1/nodes',
    what: 'labels',
    value: () => ({ id: 'a', url: 'http://127.0.0.1:1', labels: manyMembers(19_000) }),
  },
  {
    door: 'own',
    path: '/v1/nodes',
    what: 'an address of 16 MB',
    value: () => ({ id: 'a', url: `http://127.0.0.1:1/${text('/')}` }),
  },
  {
    door: 'own',
    path: '/v1/nodes/sim',
    method: 'PATCH',
    what: 'labels',
    value: () => ({ labels: manyMembers(19_000) }),
  },
  {
    door: 'own',
    path: '/v1/jobs/01a0b8a4-9c1e-7d3a-8f10-0123456789ab',
    method: 'PATCH',
    what: 'members that nobody knows',
    value: () => ({ priority: 1, ...manyMembers(19_000) }),
  },
  {
    door: 'own',
    path: '/api/generate',
    what: 'a number of 16 MB',
    value: () => ({ prompt: 'x', cfg: text('1') }),
  },
  { door: 'own', path: '/api/generate', what: 'a prompt of 16 MB', value: () => ({ prompt: text('日') }) },
  {
    door: 'own',
    path: '/api/enhance_prompt',
    what: 'a prompt of 16 MB',
    value: () => ({ prompt: text('日') }),
  },
  {
    door: 'own',
    path: '/v1/jobs',
    what: 'labels and inputs of a workflow',
    value: () => ({ workflow, inputs: manyMembers(19_000), labels: manyMembers(19_000) }),
  },
  {
    door: 'own',
    path: '/v1/jobs',
    what: 'a file of 12 MB in an input of a workflow',
    value: () => ({ workflow, inputs: { prompt: 'x', image: { base64: dataOf12Mb() } } }),
  },
  {
    door: 'own',
    path: '/v1/jobs',
    what: 'a file of 12 MB in a graph',
    value: () => ({ graph: loading(`data:image/png;base64,${dataOf12Mb()}`) }),
  },
  { door: 'own', path: `/v1/workflows/${workflow}/run`, what: 'inputs', value: () => manyMembers(19_000) },
  {
    door: 'own',
    path: `/v1/workflows/${workflow}/run`,
    what: 'a prompt of 16 MB',
    value: () => ({ prompt: text('日') }),
  },
  {
    door: 'own',
    path: `/v1/workflows/${workflow}/channels/a`,
    what: 'a version of 16 MB',
    value: () => ({ version: text('x') }),
  },
  {
    door: 'own',
    path: '/v1/workflows/kept',
    method: 'PUT',
    what: 'a manifest of many inputs',
    value: () => ({
      graph: small(),
      manifest: { inputs: Object.fromEntries(range(19_000).map((at) => [`i${at}`, inputOfManifest])) },
    }),
  },
  { door: 'own', path: '/v1/jobs:cancel', what: 'ids', value: () => ({ ids: ids() }) },
  { door: 'own', path: '/v1/jobs/a/retry', what: 'values', value: () => ids() },
  { door: 'own', path: '/v1/tenants/a', method: 'PUT', what: 'values', value: () => manyMembers(19_000) },
  {
    door: 'own',
    path: '/v1/keys',
    what: 'rights and scopes',
    value: () => ({
      name: text('x').slice(0, 8_000_000),
      role: 'read',
      rights: ids(),
      scopes: { workflows: ids() },
    }),
  },
  { door: 'own', path: '/v1/keys/a/rotate', what: 'values', value: () => manyMembers(19_000) },
  { door: 'own', path: '/v1/links', what: 'values', value: () => manyMembers(19_000) },
  { door: 'own', path: '/v1/tokens', what: 'values', value: () => manyMembers(19_000) },
  {
    door: 'own',
    path: '/v1/jobs/batch',
    what: 'many jobs',
    value: () => ({ jobs: range(1_000).map(() => ({ graph: small() })) }),
  },
  {
    door: 'own',
    path: '/v1/jobs/batch',
    what: '25 jobs of 19,000 unknown members',
    value: () => ({ jobs: range(25).map(() => manyMembers(19_000)) }),
  },
  {
    door: 'own',
    path: '/v1/jobs/batch',
    what: 'a sweep of 500 over a job of 19,000 inputs',
    value: () => ({ job: { workflow: 'wan22-i2v', inputs: manyMembers(19_000) }, sweep: { a: range(500) } }),
  },
  {
    door: 'own',
    path: '/v1/jobs/batch',
    what: 'a sweep of 500 over a graph of 19,000 nodes',
    value: () => ({
      job: {
        graph: Object.fromEntries(
          range(19_000).map((at) => [`k${at}`, { class_type: 'A', inputs: { a: 1 } }]),
        ),
      },
      sweep: { 'k1.a': range(500) },
    }),
  },
  {
    door: 'own',
    path: '/v1/jobs/batch',
    what: '19,000 lists',
    value: () => ({ job: {}, sweep: manyMembers(19_000) }),
  },
  { door: 'own', path: '/v1/jobs/batch', what: '19,000 unknown members', value: () => manyMembers(19_000) },
  { door: 'own', path: '/v1/assets', what: 'JSON where a file is taken', value: () => ids() },
  {
    door: 'own',
    path: '/api/v2/jobs',
    what: 'metadata',
    value: () => ({ workflow: small(), metadata: manyMembers(19_000) }),
  },
  { door: 'own', path: '/api/v2/assets', what: 'JSON where a file is taken', value: () => ids() },
  {
    door: 'own',
    path: '/api/v2/assets/from-hash',
    what: 'a hash of 16 MB and tags',
    value: () => ({ hash: text('x').slice(0, 8_000_000), tags: ids() }),
  },
  { door: 'own', path: '/api/v2/assets/from-path', what: 'values', value: () => ids() },
  {
    door: 'own',
    path: '/openai/v1/images/generations',
    what: 'a prompt of 16 MB',
    value: () => ({ model: 'a', prompt: text('日') }),
  },
  { door: 'own', path: '/openai/v1/images/edits', what: 'values', value: () => manyMembers(19_000) },
  {
    door: 'own',
    path: '/openai/v1/videos',
    what: 'a picture of 12 MB',
    value: () => ({ model: workflow, prompt: 'x', input_reference: `data:image/png;base64,${dataOf12Mb()}` }),
  },
  {
    door: 'own',
    path: '/mcp',
    what: 'arguments of a tool',
    value: () => mcpCall({ a: manyMembers(19_000) }),
  },
  { door: 'own', path: '/mcp', what: 'a text of 16 MB', value: () => mcpCall({ a: text('日') }) },
  {
    door: 'own',
    path: '/mcp',
    what: 'a list of 450,000 numbers',
    value: () => mcpCall({ a: range(450_000) }),
  },
  {
    door: 'own',
    path: '/mcp',
    what: 'many calls at once',
    value: () => range(20_000).map(() => mcpCall({})),
  },
];

export const otherKinds = others.map(({ door, path, method, what, value }): Kind => ({
  what: `${path}: ${what}`,
  door,
  path,
  ...(method && { method }),
  body: () => json(value()),
  statuses: [200, 201, 202, 400, 404, 405, 406, 409, 413, 415, 422, 501, 503],
}));
