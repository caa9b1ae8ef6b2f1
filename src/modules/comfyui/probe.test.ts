import { describe, expect, it, onTestFinished } from 'vitest';

import { ComfyClient } from './client.js';
import { probeNode } from './probe.js';
import { json, routes, TestServer, type Answer } from './testing/http-server.js';

async function probe(answer: Answer) {
  const server = await TestServer.start(answer);
  const client = new ComfyClient({ baseUrl: server.url, timeouts: { callMs: 2_000 } });
  onTestFinished(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return probeNode(client);
}

const stats = (version: string) => ({
  system: {
    os: 'linux',
    ram_total: 64,
    ram_free: 32,
    comfyui_version: version,
    python_version: '3.11',
    pytorch_version: '2.13',
  },
  devices: [
    {
      name: 'cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync',
      type: 'cuda',
      index: 0,
      vram_total: 24,
      vram_free: 20,
    },
  ],
});

// The jobs routes of a 0.33 server, where no job has the id that is asked for.
const current: Answer = (request, response) => {
  if (request.url.endsWith('/cancel')) json({ cancelled: false })(request, response);
  else if (request.url.startsWith('/api/jobs/')) json({ error: 'Job not found' }, 404)(request, response);
  else if (request.url === '/features') json({ max_upload_size: 7 })(request, response);
  else json(stats('0.33.0'))(request, response);
};

// aiohttp knows no such path: 405 for POST, an empty 404 for GET.
const old: Answer = (request, response) => {
  if (request.url === '/system_stats') json(stats('0.3.64'))(request, response);
  else response.writeHead(request.method === 'POST' ? 405 : 404).end();
};

// One history entry that cannot be listed.
const poisoned: Answer = (request, response) => {
  if (request.url.startsWith('/api/jobs')) json('500', 500)(request, response);
  else current(request, response);
};

describe('a probe', () => {
  it('of a current server tells version, capabilities and hardware', async () => {
    await expect(probe(current)).resolves.toMatchObject({
      kind: 'compatible',
      version: '0.33.0',
      os: 'linux',
      ramTotalBytes: 64,
      gpus: [{ name: 'NVIDIA GeForce RTX 4090', type: 'cuda', vramTotalBytes: 24, vramFreeBytes: 20 }],
      capabilities: { jobsApi: true, atomicCancel: true, targetedInterrupt: true, maxUploadBytes: 7 },
    });
  });

  it('of an old server finds no jobs API', async () => {
    await expect(probe(old)).resolves.toMatchObject({
      version: '0.3.64',
      capabilities: { jobsApi: false, atomicCancel: false, targetedInterrupt: true, uuidPromptIds: false },
    });
  });

  it('goes by the version when the jobs routes are broken', async () => {
    await expect(probe(poisoned)).resolves.toMatchObject({
      capabilities: { jobsApi: true, atomicCancel: true },
    });
  });

  it.each<[string, Answer, string]>([
    [
      'a web page',
      json('<html>'),
      'is not a ComfyUI server: its /system_stats is not the JSON that ComfyUI sends',
    ],
    ['other JSON', json({ ok: true }), 'is not a ComfyUI server: its /system_stats has another shape'],
    ['no such path', routes({}), 'is not a ComfyUI server: its /system_stats answers with status 404'],
    [
      'a login',
      json('', 401),
      'asks for a login: put user and password into the node’s URL'.replace('’', "'"),
    ],
    ['a refusal', json('', 403), 'refuses our requests (status 403)'],
  ])('of an address that answers with %s gives a sentence', async (_name, answer, sentence) => {
    const result = await probe(answer);
    expect(result).toMatchObject({
      kind: 'incompatible',
      reason: expect.stringContaining(sentence) as string,
    });
  });

  it.each([
    ['0.3.44', 'is ComfyUI 0.3.44; 0.3.45 or newer is needed'],
    ['git', 'tells no version; 0.3.45 or newer is needed'],
  ])('of a server too old to take prompt ids says so: %s', async (version, sentence) => {
    const result = await probe(routes({ '/system_stats': json(stats(version)) }));
    expect(result).toMatchObject({
      kind: 'incompatible',
      reason: expect.stringContaining(sentence) as string,
    });
  });

  it('of a server in trouble throws, for it may be a ComfyUI yet', async () => {
    await expect(probe(json('', 500))).rejects.toMatchObject({ kind: 'status', status: 500 });
  });
});
