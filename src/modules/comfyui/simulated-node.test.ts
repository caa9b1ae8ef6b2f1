/** The whole module against a simulated ComfyUI server. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';

import { describe, expect, it, onTestFinished } from 'vitest';

import {
  startSimulatedNode,
  type SimulatedNode,
  type SimulatedNodeOptions,
} from '../../programs/simulator/index.js';
import { ComfyClient } from './client.js';
import success from './domain/fixtures/run-success.json' with { type: 'json' };
import {
  advanceProgress,
  atOnce,
  classifyFailure,
  listOutputsSteps,
  readFate,
  sanitisePrompt,
  startProgress,
  type ComfyEvent,
  type Fate,
  type Graph,
} from './domain/index.js';
import { probeNode } from './probe.js';
import { ComfySocket } from './socket/socket.js';

const patience = { timeout: 20_000 };

async function setUp(options: SimulatedNodeOptions = {}) {
  const node = await startSimulatedNode({ loadMs: 5, stepMs: 20, ...options });
  const client = new ComfyClient({ baseUrl: new URL(node.url) });
  const socket = new ComfySocket({ baseUrl: new URL(node.url), minBackoffMs: 20, maxBackoffMs: 100 });
  onTestFinished(async () => {
    await socket.stop();
    await client.close();
    await node.stop();
  });
  const events: ComfyEvent[] = [];
  socket.on('event', (event) => events.push(event));
  socket.start();
  await once(socket, 'open');
  return { node, client, socket, events, ...(await graphFor(client)) };
}

async function graphFor(client: ComfyClient) {
  const content = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const image = await client.upload({ filename: 'start.png', subfolder: 'comfymux', content });
  const prompt = structuredClone(success.prompt) as Graph;
  prompt['62']!.inputs.image = `${image.subfolder}/${image.filename}`;
  const sanitised = sanitisePrompt(prompt);
  if (!sanitised.ok) throw new Error(JSON.stringify(sanitised.faults));
  return { graph: sanitised.graph, promptText: sanitised.text };
}

async function fateOf(client: ComfyClient, promptId: string): Promise<Fate> {
  const queue = await client.queue();
  return readFate({ queue, history: await client.history(promptId) }, promptId);
}

async function waitForFate(client: ComfyClient, promptId: string, kind: Fate['kind']): Promise<Fate> {
  let fate: Fate = { kind: 'absent' };
  await expect.poll(async () => (fate = await fateOf(client, promptId)).kind, patience).toBe(kind);
  return fate;
}

type Context = Awaited<ReturnType<typeof setUp>>;

async function post({ client, socket, promptText }: Context): Promise<string> {
  const promptId = randomUUID();
  const answer = await client.postPrompt({ promptId, clientId: socket.clientId, promptText });
  expect(answer).toMatchObject({ kind: 'accepted', promptId });
  return promptId;
}

describe('a prompt on a simulated node', () => {
  it('runs to its end: fate, files and progress', async () => {
    const context = await setUp();
    const { client, events, graph } = context;
    const promptId = await post(context);
    const fate = await waitForFate(client, promptId, 'succeeded');
    const [file] = atOnce(listOutputsSteps(fate.kind === 'succeeded' ? fate.outputs : {}, 10)).files;
    expect(file).toMatchObject({ nodeId: '76', key: 'gifs', type: 'output' });
    const { body, contentType, sizeBytes } = await client.view(file!);
    expect([contentType, (await buffer(body)).length]).toEqual(['video/mp4', sizeBytes]);
    const isEnd = (event: ComfyEvent) => event.type === 'executing' && event.nodeId === null;
    await expect.poll(() => events.some(isEnd), patience).toBe(true);
    const percents: number[] = [];
    events.reduce(
      (progress, event) => {
        const next = advanceProgress(progress, event);
        percents.push(next.percent);
        return next;
      },
      startProgress(graph, promptId, ['76']),
    );
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
    expect(new Set(percents).size).toBeGreaterThan(5);
    await client.deleteHistory([promptId]);
    expect(await fateOf(client, promptId)).toEqual({ kind: 'absent' });
  });

  it('that fails of memory is told so', async () => {
    const context = await setUp();
    context.node.inject({ kind: 'oom' });
    const fate = await waitForFate(context.client, await post(context), 'failed');
    expect(fate.kind === 'failed' && classifyFailure(fate.error).kind).toBe('oom');
  });

  it('that needs a model the node lacks is refused with its name', async () => {
    const { client, socket, promptText } = await setUp();
    const request = { promptId: randomUUID(), clientId: socket.clientId };
    const missingText = promptText.replace('Wan2.2-I2V-A14B-HighNoise-Q8_0.gguf', 'missing.gguf');
    await expect(client.postPrompt({ ...request, promptText: missingText })).resolves.toMatchObject({
      rejection: { kind: 'missing_dep', missing: [{ classType: 'UnetLoaderGGUF', value: 'missing.gguf' }] },
    });
    const foreignText = promptText.replace('"KSamplerAdvanced"', '"NoSuchNode"');
    await expect(client.postPrompt({ ...request, promptText: foreignText })).resolves.toMatchObject({
      rejection: { kind: 'missing_dep', missing: [{ classType: 'NoSuchNode' }] },
    });
  });

  it.each(['0.33.0', '0.3.64'])(
    'on version %s can be interrupted and withdrawn, by its own id only',
    async (version) => {
      const context = await setUp({ version, stepMs: 1_000 });
      const { client } = context;
      const [running, pending] = [await post(context), await post(context)];
      await waitForFate(client, running, 'running');
      expect(await fateOf(client, pending)).toEqual({ kind: 'pending', position: 0 });
      await client.interrupt(pending, { targetedInterrupt: true });
      await client.withdraw([pending]);
      expect(await fateOf(client, pending)).toEqual({ kind: 'absent' });
      expect((await fateOf(client, running)).kind).toBe('running');
      await expect
        .poll(async () => {
          await client.interrupt(running, { targetedInterrupt: true });
          return (await fateOf(client, running)).kind;
        }, patience)
        .toBe('interrupted');
    },
  );

  it('whose answer is lost is ambiguous, and found again', async () => {
    const context = await setUp();
    const { client, socket, node, promptText } = context;
    node.inject({ kind: 'lose-answer' });
    const promptId = randomUUID();
    const lost = client.postPrompt({ promptId, clientId: socket.clientId, promptText });
    await expect(lost).rejects.toMatchObject({ kind: 'ambiguous' });
    await waitForFate(client, promptId, 'succeeded');
    expect(node.record()).toHaveLength(1);
  });

  it('is absent after a restart, and the socket comes back under a new id', async () => {
    const context = await setUp({ stepMs: 5_000 });
    const { client, socket, node } = context;
    const promptId = await post(context);
    const { clientId } = socket;
    const reopened = once(socket, 'open');
    await node.restart();
    await reopened;
    expect(socket.clientId).not.toBe(clientId);
    expect(await fateOf(client, promptId)).toEqual({ kind: 'absent' });
  });

  it('sent to a node that is down was not sent', async () => {
    const { client, socket, node, promptText } = await setUp();
    node.exit();
    await expect.poll(() => isRefused(node), patience).toBe(true);
    const request = { promptId: randomUUID(), clientId: socket.clientId, promptText };
    await expect(client.postPrompt(request)).rejects.toMatchObject({ kind: 'not_sent' });
  });
});

describe('a probe of a simulated node', () => {
  it.each([
    ['0.33.0', { jobsApi: true, atomicCancel: true, uuidPromptIds: true, targetedInterrupt: true }],
    ['0.24.0', { jobsApi: true, atomicCancel: false, uuidPromptIds: false }],
    ['0.3.64', { jobsApi: false, atomicCancel: false, targetedInterrupt: true, previewMetadata: true }],
    ['0.3.56', { targetedInterrupt: false, clientPromptIds: true }],
  ])('of version %s', async (version, capabilities) => {
    const { client } = await setUp({ version });
    await expect(probeNode(client)).resolves.toMatchObject({
      kind: 'compatible',
      version,
      capabilities,
      gpus: [{ name: 'NVIDIA GeForce RTX 4090', type: 'cuda' }],
    });
  });

  it('leaves its schemas and model folders readable', async () => {
    const { client } = await setUp();
    const { read, text } = await client.objectInfo();
    expect(Object.keys(await read()).length).toBeGreaterThan(50);
    expect(text.length).toBeGreaterThan(10_000);
    await expect(client.objectInfoClass('KSamplerAdvanced')).resolves.toHaveProperty('input');
    await expect(client.modelFolder('loras')).resolves.toHaveLength(2);
    await expect(client.queueRemaining()).resolves.toBe(0);
  });
});

function isRefused(node: SimulatedNode): Promise<boolean> {
  const probe = new ComfyClient({ baseUrl: new URL(node.url), timeouts: { callMs: 1_000 } });
  return probe.queueRemaining().then(
    () => probe.close().then(() => false),
    (error: unknown) => probe.close().then(() => (error as { kind?: string }).kind === 'not_sent'),
  );
}
