/** Routes of packs that belong to one run: the picture that a later run reads, and the one that a run has left at its node. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { LyingNode } from '../../support/lying-node.js';
import { eventually } from '../../support/poll.js';

let nodes: LyingNode[];
let deployment: Deployment;
let service: Replica;

beforeAll(async () => {
  nodes = await Promise.all([LyingNode.start(), LyingNode.start(), LyingNode.start()]);
  deployment = await Deployment.create([]);
  service = await deployment.start(
    { NODES: nodes.map(({ url }, at) => `n${at}=${url}`).join(',') },
    { nodesReady: false },
  );
  await eventually(() => service.jobs.nodesTakeWork(['n0', 'n1', 'n2']), {
    timeoutMs: 30_000,
    what: 'the nodes',
  });
});
afterAll(async () => {
  await deployment.destroy();
  await Promise.all(nodes.map(async (node) => node.stop()));
});

const at = (id: string): string => `${service.nativeUrl}/api/etn/image/${id}`;
const bytes = Buffer.from([0x89, 0x50, 0, 255, 254, 13, 10]);

test('a picture for a run to come is put on every node, byte for byte', async () => {
  const put = () =>
    fetch(at('in-1'), { method: 'PUT', body: bytes, headers: { 'content-type': 'image/png' } });
  expect((await put()).status).toBe(201);
  expect(nodes.map(({ pictures }) => pictures.get('in-1'))).toEqual([bytes, bytes, bytes]);
  expect(await (await put()).json()).toEqual({ status: 'cached' });
});

test('a picture that a run has left is read from the node that has it', async () => {
  nodes[2]!.pictures.set('out-1', bytes);
  const answer = await fetch(at('out-1'));
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  expect((await fetch(at('nowhere'))).status).toBe(404);
});

test.each([
  '/api/etn/upload/loras/a.safetensors',
  '/api/etn/image/a/b',
  '/api/etn/image/..%2f',
  '/api/other/image/1',
])('nothing else is put: %s', async (path) => {
  const { status } = await fetch(`${service.nativeUrl}${path}`, { method: 'PUT', body: bytes });
  expect([403, 404]).toContain(status);
  expect(nodes.flatMap(({ calls }) => calls).filter((call) => call === 'PUT /other')).toEqual([]);
});
