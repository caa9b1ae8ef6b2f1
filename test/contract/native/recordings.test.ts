import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlainRecording, readRecording, type Recording, recordingNames } from '../comfyui/recordings.js';
import { solidPng } from '../comfyui/comfy-client.js';
import { writeJson } from '../../../src/programs/simulator/wire/json-write.js';
import type { Dict } from '../../../src/programs/simulator/wire/values.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { NativeClient } from './native-client.js';

/**
 * The native door of a cluster of one node, held against what a real ComfyUI 0.33 answered, where a cluster's answer can
 * equal a server's. docs/native.md lists what differs and why; `comparable` is that list in code.
 */
describe('the recordings of a real ComfyUI', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster([{ name: 'a' }]);
    client = new NativeClient(cluster.url);
    await client.upload('test.jpg', solidPng(1280, 720, [200, 30, 30]), { overwrite: 'true' });
    // As before the recordings, the cache holds what does not depend on the recorded prompt's texts and seeds.
    const { prompt } = JSON.parse(readRecording('run-success').requestText) as {
      prompt: Record<string, { inputs: Record<string, unknown> }>;
    };
    for (const [id, input, value] of [
      ['6', 'text', 'warm'],
      ['7', 'text', 'up'],
      ['57', 'noise_seed', 99],
      ['58', 'noise_seed', 99],
      ['63', 'length', 5],
    ] as const)
      if (prompt[id]) prompt[id].inputs[input] = value;
    await client.finished(await client.submit(prompt));
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  for (const name of ['run-success', 'run-cached']) {
    it(`${name}: the recorded events, history and job`, () => expectReplay(readRecording(name)));
  }

  it('run-error: the recorded exception', async () => {
    cluster.nodes[0]?.inject({
      kind: 'node-error',
      nodeId: '57',
      exceptionType: 'ValueError',
      message: 'stand-in failure',
    });
    await expectReplay(readRecording('run-error'));
  });

  for (const name of recordingNames('reject')) {
    it(`${name}: the recorded refusal, and nothing is kept`, async () => {
      const recording = readRecording(name);
      const response = await client.post('/prompt', recording.requestText);
      expect([response.status, JSON.parse(await response.text())]).toEqual([
        recording.status,
        JSON.parse(recording.responseText),
      ]);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await (await client.get(`/history/${recording.promptId}`)).text()).toBe('{}');
      const job = await client.get(`/api/jobs/${recording.promptId}`);
      expect([job.status, await job.text()]).toEqual([404, recording.job.get('body')]);
    });
  }

  it('the recorded model folders and files, and the keys of the machine', async () => {
    for (const [path, listed] of readPlainRecording('models') as Dict) {
      const answered = await client.get(path);
      // Folders come in the order of the nodes' own lists.
      const [told, recorded] = [await answered.json(), JSON.parse(writeJson(listed))] as [string[], string[]];
      expect(new Set(told)).toEqual(new Set(recorded));
    }
    const stats = await client.json<{ system: object; devices: object[] }>('/system_stats');
    const recorded = JSON.parse(writeJson(readPlainRecording('system_stats'))) as {
      system: object;
      devices: object[];
    };
    expect(Object.keys(stats.system)).toEqual(Object.keys(recorded.system));
    expect(Object.keys(stats.devices[0] ?? {})).toEqual(Object.keys(recorded.devices[0] ?? {}));
  });

  it('the recorded features, but for what a cluster does not offer, and its own bounds', async () => {
    const { extension: _manager, ...recorded } = JSON.parse(
      writeJson(readPlainRecording('features')),
    ) as Record<string, unknown>;
    expect(await client.json('/features')).toEqual({
      ...recorded,
      max_upload_size: expect.any(Number) as number,
      max_prompt_size: expect.any(Number) as number,
      max_prompt_nodes: expect.any(Number) as number,
    });
  });

  async function expectReplay(recording: Recording): Promise<void> {
    const frames = await client.listen(recording.clientId);
    const response = await client.post('/prompt', recording.requestText);
    expect(comparable(await response.json())).toEqual(comparable(JSON.parse(recording.responseText)));
    await frames.untilEnd(recording.promptId);
    expect(storyOf(frames.texts, recording)).toEqual(storyOf(recording.frames, recording));
    expect(comparable(await client.json(`/history/${recording.promptId}`))).toEqual(
      comparable(JSON.parse(recording.historyText)),
    );
    expect(comparable(await client.json(`/api/jobs/${recording.promptId}`))).toEqual(
      comparable(JSON.parse(writeJson(recording.job))),
    );
    await frames.close();
  }
});

/** Everything said of the prompt, in order; how often the queue's length is told is the cluster's own affair. */
function storyOf(frames: readonly string[], { promptId }: Recording): unknown[] {
  const messages = frames.map((frame) => JSON.parse(frame) as { data: { prompt_id?: string } });
  return messages.filter(({ data }) => data.prompt_id === promptId).map((message) => comparable(message));
}

const unequal = new Set([
  'timestamp',
  'create_time',
  'execution_start_time',
  'execution_end_time',
  'number',
  'priority',
  'fullpath',
  'traceback',
]);

/** Masks what differs between any two runs, and what docs/native.md tells: numbers, file counters, the job's folder. */
function comparable(value: unknown, key = ''): unknown {
  if (unequal.has(key)) return key;
  if (key === 'current_inputs' || key === 'current_outputs') return key;
  if (typeof value === 'string')
    return key === 'subfolder' ? value.replace(/^[0-9a-f-]{36}\/?/, '') : value.replace(/i2v_\d+/, 'i2v_N');
  if (Array.isArray(value)) {
    const [first, second] = value as unknown[];
    const isPrompt = typeof first === 'number' && typeof second === 'string' && value.length === 5;
    return value.map((item, index) => (isPrompt && index === 0 ? 'number' : comparable(item)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member, name)]));
}
