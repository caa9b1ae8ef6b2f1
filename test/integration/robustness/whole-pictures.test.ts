import { setTimeout as sleep } from 'node:timers/promises';
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

it.each([
  [8, 100_000],
  [1, 600_000],
  [1, 3_000_000],
])(
  '%i pictures of %i bytes reach the client before the end of the run, whichever replica it is at',
  async (count, sizeBytes) => {
    for (const replica of replicas) {
      const socket = new WebSocket(`${replica.nativeUrl.replace('http', 'ws')}/ws?clientId=viewer`);
      const got: number[] = [];
      let isOver = false;
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary && !isOver) got.push(data.length);
        isOver ||= !isBinary && /"executing".*"node": ?null/.test(data.toString());
      });
      await new Promise((open) => socket.once('open', open));
      const response = await fetch(`${replica.nativeUrl}/prompt`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: say({ text: ['done'] }, { ms: 600 }), client_id: 'viewer' }),
      });
      const { prompt_id: id } = (await response.json()) as { prompt_id: string };
      await replica.jobs.attemptIs(id, 'running');
      const pictures = Array.from({ length: count }, (_, at) => pictureOf(at, sizeBytes));
      for (const picture of pictures) node.frame(picture);
      await replica.jobs.ended(id);
      await eventually(() => isOver, { timeoutMs: 20_000, what: 'the end of the run' });
      expect(got).toEqual(pictures.map(({ length }) => length));
      socket.close();
      await sleep(50);
    }
  },
);
