import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../../../../test/support/poll.js';
import type { NamedFrame } from '../domain/frame-parts.js';
import { PictureRelay } from './picture-relay.js';

const frameOf = (no: number, sizeBytes = 10): NamedFrame => ({
  jobId: 'job',
  attemptId: 'attempt',
  nodeId: 'node',
  frame: Buffer.alloc(sizeBytes, no),
});

function relayOf() {
  const world = {
    askers: [] as string[],
    isShownHere: false,
    isAway: false,
    sent: [] as [string, number][],
    lost: [] as number[],
  };
  const relay = new PictureRelay({
    askersOf: () => world.askers,
    isShownHere: () => world.isShownHere,
    send: async (replicaId, { frame }) => {
      if (world.isAway) throw new Error('the database is away');
      world.sent.push([replicaId, frame[0] ?? -1]);
    },
    lost: ({ frame }) => world.lost.push(frame[0] ?? -1),
    signal: new AbortController().signal,
  });
  return { world, relay };
}

test('the end of a run waits until somebody has asked and has every picture once, in order', async () => {
  const { world, relay } = relayOf();
  for (const no of [1, 2, 3]) relay.relay(frameOf(no));
  const told = relay.told('attempt');
  setTimeout(() => (world.askers = ['other']), 50);
  await told;
  expect(world.sent).toEqual([
    ['other', 1],
    ['other', 2],
    ['other', 3],
  ]);
});

test('a client of this replica is not kept waiting for others', async () => {
  const { world, relay } = relayOf();
  world.isShownHere = true;
  relay.relay(frameOf(1));
  const told = relay.told('attempt').then(() => 'told');
  expect(await Promise.race([told, sleep(2_000)])).toBe('told');
  expect(world.sent).toEqual([]);
});

test('what cannot be sent is sent when the end is tried again, and nothing twice', async () => {
  const { world, relay } = relayOf();
  [world.askers, world.isAway] = [['other'], true];
  relay.relay(frameOf(1));
  relay.relay(frameOf(2));
  await expect(relay.told('attempt')).rejects.toThrow('away');
  await expect(relay.told('attempt')).rejects.toThrow('away');
  world.isAway = false;
  await relay.told('attempt');
  await relay.told('attempt');
  expect(world.sent).toEqual([
    ['other', 1],
    ['other', 2],
  ]);
});

test('who asks late gets what came before; an attempt without pictures waits for nothing', async () => {
  const { world, relay } = relayOf();
  world.askers = ['first'];
  relay.relay(frameOf(1));
  await relay.told('attempt');
  await relay.told('another attempt');
  world.askers = ['first', 'second'];
  await relay.flush();
  expect(world.sent).toEqual([
    ['first', 1],
    ['second', 1],
  ]);
});

test('what is above the bound is given up, oldest first, and told unless a client here has seen it', async () => {
  const { world, relay } = relayOf();
  for (const no of [1, 2, 3]) relay.relay(frameOf(no, 64 * 1024 * 1024));
  await eventually(() => world.lost.length === 1);
  expect(world.lost).toEqual([1]);
  world.isShownHere = true;
  relay.relay(frameOf(4, 64 * 1024 * 1024));
  expect(world.lost).toEqual([1]);
});
