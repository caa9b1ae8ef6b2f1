import { expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../../platform/clock/index.js';
import { ComfyClient, type NodeProbe } from '../../comfyui/index.js';
import { json, TestServer } from '../../comfyui/testing/http-server.js';
import { InventoryReader } from './inventory-reader.js';

const atOnceMax = 16;
const document = { Sampler: { input: {}, output: [], name: 'Sampler' } };
// The reader keeps the probe with the facts and looks at nothing in it.
const probe = { kind: 'compatible' } as Extract<NodeProbe, { kind: 'compatible' }>;

/** Nodes that hold back their documents until they are released. */
async function fleet(size: number) {
  const held: (() => void)[] = [];
  const embeddings = { now: [] as string[] };
  const clock = new ManualClock(new Date(0));
  const server = await TestServer.start((request, response) => {
    if (request.url === '/models/embeddings') return json(embeddings.now)(request, response);
    const extra = request.url === '/object_info/Extra' ? { Extra: document.Sampler } : document;
    held.push(() => json(extra)(request, response));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const readers = Array.from({ length: size }, () => {
    const client = new ComfyClient({ baseUrl: server.url });
    onTestFinished(async () => client.close());
    return new InventoryReader(client, { inventoryRefreshMs: 1000, clock });
  });
  const release = (): void => held.splice(0).forEach((answer) => answer());
  return { held, release, readers, clock, embeddings };
}

it('has a bounded number of documents in memory, however many nodes there are', async () => {
  const { held, release, readers } = await fleet(atOnceMax + 8);
  const read = Promise.all(readers.map(async (reader) => reader.read(probe)));
  await vi.waitUntil(() => held.length >= atOnceMax);
  expect(held).toHaveLength(atOnceMax);
  release();
  await vi.waitUntil(() => held.length === 8);
  release();
  await read;
  expect(new Set(readers.map((reader) => reader.facts?.inventoryHash)).size).toBe(1);
});

it('does not keep a node with an inventory waiting for a newer one', async () => {
  const { held, release, readers, clock } = await fleet(atOnceMax + 1);
  const [known, ...others] = readers;
  const first = known!.read(probe);
  await vi.waitUntil(() => held.length === 1);
  release();
  await first;
  const read = Promise.all(others.map(async (reader) => reader.read(probe)));
  await vi.waitUntil(() => held.length === atOnceMax);
  clock.advance(60_000);
  await expect(known!.readDue()).resolves.toBeUndefined();
  release();
  await read;
  const again = known!.readDue();
  await vi.waitUntil(() => held.length === 1);
  release();
  await expect(again).resolves.toEqual({ isNew: false });
});

it('reads a document once for all the nodes that send it', async () => {
  const { held, release, readers } = await fleet(2);
  const read = Promise.all(readers.map(async (reader) => reader.read(probe)));
  await vi.waitUntil(() => held.length === 2);
  release();
  await read;
  const [one, other] = readers.map((reader) => reader.facts);
  expect(one?.inventory).toBeDefined();
  expect(one?.inventory).toBe(other?.inventory);
});

it('believes a known document again after a class was seen to differ from it', async () => {
  const { held, release, readers, clock } = await fleet(1);
  const reader = readers[0]!;
  const classesAfter = async (read: Promise<unknown>) => {
    await vi.waitUntil(() => held.length === 1);
    release();
    await read;
    return Object.keys(reader.facts?.inventory.classes ?? {}).filter((name) => name !== 'embedding:');
  };
  expect(await classesAfter(reader.read(probe))).toEqual(['Sampler']);
  reader.watchFor(['Extra']);
  expect(await classesAfter(reader.readDue())).toEqual(['Extra', 'Sampler']);
  clock.advance(60_000);
  expect(await classesAfter(reader.readDue())).toEqual(['Sampler']);
});

it('reads the embeddings of a node with its document, and by themselves when some job lacks one', async () => {
  const { held, release, readers, clock, embeddings } = await fleet(1);
  const reader = readers[0]!;
  const listed = () => reader.facts?.inventory.classes['embedding:']?.choices['name'];
  const first = reader.read(probe);
  await vi.waitUntil(() => held.length === 1);
  release();
  await first;
  expect(listed()).toEqual([]);
  const hash = reader.facts?.inventoryHash;
  embeddings.now = ['late.pt'];
  reader.watchFor(['embedding:']);
  clock.advance(600);
  await expect(reader.readDue()).resolves.toEqual({ isNew: true });
  expect(listed()).toEqual(['late.pt']);
  const changed = reader.facts?.inventoryHash;
  expect(changed).not.toBe(hash);
  clock.advance(60_000);
  const again = reader.readDue();
  await vi.waitUntil(() => held.length === 1);
  release();
  await expect(again).resolves.toEqual({ isNew: false });
  expect(reader.facts?.inventoryHash).toBe(changed);
});
