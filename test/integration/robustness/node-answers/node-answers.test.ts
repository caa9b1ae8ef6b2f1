/**
 * One answer or event of a node holds the event loop for 50 ms at most, whatever it says: the worst of each kind, up to what is taken from a
 * node at all, with a client connected that is told of the run and asks for its history.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Deployment, type Replica } from '../../../support/deployment.js';
import { heldMaxMs, leastHeld, meteredEnv } from '../../../support/loop-meter.js';
import { LyingNode, say } from '../../../support/lying-node.js';
import { eventually } from '../../../support/poll.js';
import { fleetLies, jobLies, type LieKind } from './lies.js';

let deployment: Deployment;
let service: Replica;
let node: LyingNode;
let client: WebSocket;
const clientId = randomUUID();

beforeAll(async () => {
  node = await LyingNode.start();
  deployment = await Deployment.create([]);
  service = await deployment.start({ ...meteredEnv, INVENTORY_REFRESH_MS: '500' });
  await service.jobs.post('/v1/nodes', { id: 'liar', url: node.url });
  await works();
  client = new WebSocket(`${service.nativeUrl.replace('http', 'ws')}/ws?clientId=${clientId}`, {
    maxPayload: 2 ** 28,
  });
  await new Promise((done) => client.once('open', done));
});
afterAll(async () => {
  client.terminate();
  await deployment.destroy();
  await node.stop();
});
afterEach(() => {
  node.lie = (_place, text) => text;
});

const works = async (): Promise<boolean> =>
  eventually(() => service.jobs.nodesTakeWork(['liar']), { timeoutMs: 60_000, what: 'the node' });

async function submit(): Promise<string> {
  const response = await fetch(`${service.nativeUrl}/prompt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: say({ text: ['a'] }), client_id: clientId }),
  });
  const { prompt_id: id } = (await response.json()) as { prompt_id: string };
  return id;
}

/** Its length, read to the end. */
async function get(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length;
  return bytes;
}

async function expectShort(kind: LieKind, act: () => Promise<void>): Promise<void> {
  const { leastMs, tried } = await leastHeld(service, act);
  console.log(`${kind.what}: ${JSON.stringify(tried)}`);
  expect(leastMs).toBeLessThanOrEqual(heldMaxMs);
}

describe('of a run', () => {
  test.each(jobLies)(
    '$what',
    async (kind) => {
      node.lie = kind.lie();
      await expectShort(kind, async () => {
        const id = await submit();
        const { state } = await service.jobs.ended(id, 60_000);
        expect(kind.ends ?? ['succeeded']).toContain(state);
        const { nativeUrl, url } = service;
        for (const path of [`/history/${id}`, `/history?max_items=1`, `/api/jobs/${id}`, '/api/jobs?limit=1'])
          await get(nativeUrl + path);
        await get(`${nativeUrl}/view?filename=none.png&subfolder=${id}&type=output`);
        for (const path of [`/v1/jobs/${id}`, '/v1/jobs?limit=1', `/api/v2/jobs/${id}`])
          await get(url + path);
      });
    },
    180_000,
  );
});

describe('of itself', () => {
  test.each(fleetLies)(
    '$what',
    async (kind) => {
      const lie = kind.lie();
      const told = new Set<string>();
      node.lie = (place, text) => {
        const answer = lie(place, text);
        if (answer !== text) told.add(place);
        return answer;
      };
      await expectShort(kind, async () => {
        told.clear();
        await service.jobs.post(
          '/v1/nodes/liar',
          { url: node.url, labels: { again: randomUUID() } },
          'PATCH',
        );
        await eventually(() => told.size > 0, { timeoutMs: 90_000, what: 'the lie' });
        await sleep(4_000);
        const { nativeUrl, url } = service;
        for (const path of [
          '/object_info',
          '/object_info/Large',
          '/models',
          '/models/checkpoints',
          '/experiment/models/checkpoints',
          '/features',
          '/system_stats',
          '/embeddings',
        ])
          await get(nativeUrl + path);
        for (const path of ['/v1/nodes', '/v1/nodes/liar']) await get(url + path);
      });
    },
    300_000,
  );
});
