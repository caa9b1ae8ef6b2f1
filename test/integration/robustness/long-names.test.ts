/** Names that are longer than an index of the database takes, at every place where a name is indexed: refused, and nothing of them kept. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { LyingNode, say } from '../../support/lying-node.js';
import { eventually } from '../../support/poll.js';

let node: LyingNode;
let deployment: Deployment;
let service: Replica;

beforeAll(async () => {
  node = await LyingNode.start();
  deployment = await Deployment.create([]);
  service = await deployment.start({ NODES: `n=${node.url}`, LOG_LEVEL: 'error' }, { nodesReady: false });
  await eventually(() => service.jobs.nodesTakeWork(['n']), { timeoutMs: 30_000, what: 'the node' });
});
afterAll(async () => {
  await deployment.destroy();
  await node.stop();
});

/** Does not become short by compression. */
const long = (): string => randomBytes(3_000).toString('hex');
const json = (method: string, body: unknown, headers = {}): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
function form(field: string, name: string, more: Record<string, string> = {}): RequestInit {
  const body = new FormData();
  body.set(field, new Blob([new Uint8Array(Buffer.from(png, 'base64'))], { type: 'image/png' }), name);
  for (const [key, value] of Object.entries(more)) body.set(key, value);
  return { method: 'POST', body };
}
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

const own = (): string => service.url;
const native = (): string => service.nativeUrl;

test.each<[string, () => string, () => RequestInit]>([
  [
    'the id of a node',
    () => `${own()}/v1/nodes`,
    () => json('POST', { id: long(), url: 'http://127.0.0.1:9' }),
  ],
  [
    'the URL of a node',
    () => `${own()}/v1/nodes`,
    () => json('POST', { id: 'x', url: `http://127.0.0.1:9/${long()}` }),
  ],
  ['a tenant', () => `${own()}/v1/tenants/${long()}`, () => json('PUT', { weight: 1 })],
  ['a pool', () => `${own()}/v1/pools/${long()}`, () => json('PUT', {})],
  [
    'an idempotency key',
    () => `${own()}/v1/jobs`,
    () => json('POST', { graph: say({}) }, { 'idempotency-key': long() }),
  ],
  ['the tenant of a job', () => `${own()}/v1/jobs`, () => json('POST', { graph: say({}), tenant: long() })],
  ['a label', () => `${own()}/v1/jobs`, () => json('POST', { graph: say({}), labels: { [long()]: 'x' } })],
  ['a workflow', () => `${own()}/v1/workflows/${long()}/versions`, () => json('POST', { graph: say({}) })],
  ['an upload', () => `${own()}/v1/assets`, () => form('file', `${long()}.png`)],
  [
    'the path of an asset',
    () => `${own()}/api/v2/assets`,
    () => form('file', 'a.png', { file_path: long() }),
  ],
  [
    'an upload for a web page',
    () => `${own()}/api/upload_and_generate`,
    () => form('image', `${long()}.png`, { prompt: 'x' }),
  ],
  ['an upload to ComfyUI', () => `${native()}/upload/image`, () => form('image', `${long()}.png`)],
  ['its folder', () => `${native()}/upload/image`, () => form('image', 'a.png', { subfolder: long() })],
  ['a setting', () => `${native()}/settings`, () => json('POST', { [long()]: 1 })],
  ['a setting by its path', () => `${native()}/settings/${long()}`, () => json('POST', 1)],
  ['a file of the editor', () => `${native()}/userdata/${long()}`, () => json('POST', {})],
  [
    'the client of a prompt',
    () => `${native()}/prompt`,
    () => json('POST', { prompt: say({}), client_id: long() }),
  ],
])('%s', async (_what, url, init) => {
  const response = await fetch(url(), init());
  expect([response.status, await response.text()].join(' ')).toMatch(/^[24]\d\d /);
  expect(service.output()).not.toContain('request failed');
});

test('that a node tells of its results: the job ends, and its slot is free', async () => {
  const file = { filename: `${long()}.png`, subfolder: long(), type: 'output' };
  node.files.set(`output/${file.subfolder}/${file.filename}`, Buffer.from(png, 'base64'));
  const ended = await service.jobs.ended(await service.jobs.submit(say({ images: [file] })), 60_000);
  expect(['succeeded', 'failed']).toContain(ended.state);
  const next = await service.jobs.ended(await service.jobs.submit(say({ text: ['x'] })), 60_000);
  expect(next.state).toBe('succeeded');
});
