import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../../support/deployment.js';
import { LyingNode, say } from '../../support/lying-node.js';
import { eventually } from '../../support/poll.js';

let deployment: Deployment;
let replicas: Replica[];
let node: LyingNode;

beforeAll(async () => {
  node = await LyingNode.start();
  deployment = await Deployment.create([]);
  replicas = [await deployment.start(), await deployment.start()];
  await replicas[0]!.jobs.post('/v1/nodes', { id: 'pictures', url: node.url });
  await eventually(() => replicas[0]!.jobs.nodesTakeWork(['pictures']), {
    timeoutMs: 30_000,
    what: 'the node',
  });
});
afterAll(async () => {
  await deployment.destroy();
  await node.stop();
});

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Event 1, PNG: what SaveImageWebsocket sends to a client. */
function pictureOf(at: number, sizeBytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(1, 0);
  head.writeUInt32BE(2, 4);
  return Buffer.concat([head, png, Buffer.from([at]), Buffer.alloc(sizeBytes, at)]);
}

/** What the client of `replica` got of one run, up to the end that it was told. */
async function picturesOf(replica: Replica, pictures: readonly Buffer[]): Promise<number[]> {
  const viewer = randomUUID();
  node.framesOfRun = [...pictures];
  const socket = new WebSocket(`${replica.nativeUrl.replace('http', 'ws')}/ws?clientId=${viewer}`);
  const got: number[] = [];
  let isOver = false;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary && !isOver) got.push(data.length);
    isOver ||= !isBinary && /"executing".*"node": ?null/.test(data.toString());
  });
  await once(socket, 'open');
  const response = await fetch(`${replica.nativeUrl}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: say({ text: ['done'] }), client_id: viewer }),
  });
  expect(response.status).toBe(200);
  await eventually(() => isOver || socket.readyState === WebSocket.CLOSED, {
    timeoutMs: 30_000,
    what: 'the end of the run',
  });
  socket.close();
  return got;
}

it.each([
  [1, 1_000],
  [8, 100_000],
  [1, 600_000],
  [1, 3_000_000],
  [8, 3_000_000],
  [1, 20_000_000],
])(
  '%i pictures of %i bytes reach the client before the end of a run that ends at once, whichever replica it is at',
  async (count, sizeBytes) => {
    const pictures = Array.from({ length: count }, (_, at) => pictureOf(at, sizeBytes));
    const sizes = pictures.map(({ length }) => length);
    for (let run = 0; run < 4; run += 1)
      for (const replica of replicas) expect(await picturesOf(replica, pictures)).toEqual(sizes);
  },
);
