import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startSimulatedNode,
  type FaultSpec,
  type SimulatedNode,
} from '../../../src/programs/simulator/index.js';
import { parseJson } from '../../../src/programs/simulator/wire/json-parse.js';
import { writeJson } from '../../../src/programs/simulator/wire/json-write.js';
import { isDict, type Dict, type Value } from '../../../src/programs/simulator/wire/values.js';
import { ComfyClient, solidPng, type EventLog } from './comfy-client.js';
import { readPlainRecording, readRecording, recordingNames, type Recording } from './recordings.js';
import { wanGraph } from './wan-graph.js';

/**
 * Holds a server against what a real ComfyUI 0.33 answered, byte for byte where nothing varies by nature. The simulator
 * is always held against it; with COMFYUI_URL a real server is too, as far as its failures need no arranging: it must be
 * a 0.33 with the recorded packs and model files (`npm run test:comfyui`).
 */
const realUrl = process.env['COMFYUI_URL'];

describe('simulated ComfyUI', () => {
  let node: SimulatedNode;
  const server = {
    client: undefined as unknown as ComfyClient,
    isReal: false,
    inject: (spec: FaultSpec) => void node.inject(spec),
  };

  beforeAll(async () => {
    node = await startSimulatedNode();
    server.client = new ComfyClient(node.url);
    await prepare(server.client);
  });
  afterAll(() => node.stop());

  holdAgainstRecordings(server);
});

describe.skipIf(realUrl === undefined)('real ComfyUI at COMFYUI_URL (skipped without it)', () => {
  const server = { client: new ComfyClient(realUrl ?? ''), isReal: true, inject: () => undefined };
  beforeAll(() => prepare(server.client));
  holdAgainstRecordings(server);
});

interface Server {
  readonly client: ComfyClient;
  readonly isReal: boolean;
  readonly inject: (spec: FaultSpec) => void;
}

/** As before the recordings: the picture is there, and a run with other texts has filled the cache. */
async function prepare(client: ComfyClient): Promise<void> {
  await client.upload('test.jpg', solidPng(1280, 720, [200, 30, 30]), { overwrite: 'true' });
  const text = `warm-up ${Date.now()}`;
  await client.finished(await client.submit(wanGraph({ text, negative: text, seed: 99, length: 5 })));
}

function holdAgainstRecordings(server: Server): void {
  it('runs the recorded prompt with the recorded events, history and job', async () => {
    const { actual, recorded } = await replay(server, readRecording('run-success'));
    expect(actual).toEqual(recorded);
  });

  it('answers the same prompt from its cache, with the first run’s files', async () => {
    const { actual, recorded } = await replay(server, readRecording('run-cached'));
    expect(actual).toEqual(recorded);
  });

  it.skipIf(server.isReal)('reports a node’s exception as recorded', async () => {
    server.inject({
      kind: 'node-error',
      nodeId: '57',
      exceptionType: 'ValueError',
      message: 'stand-in failure',
    });
    const { actual, recorded } = await replay(server, readRecording('run-error'));
    expect(actual).toEqual(recorded);
  });

  it.skipIf(server.isReal)('reports out of memory as recorded', async () => {
    server.inject({ kind: 'oom' });
    const { actual, recorded } = await replay(server, readRecording('run-oom'));
    expect(actual).toEqual(recorded);
  });

  it.skipIf(server.isReal)(
    'completes a run whose interrupt came in the window where the flag is lost',
    async () => {
      server.inject({ kind: 'lose-interrupt' });
      const recording = readRecording('run-interrupted');
      const { actual, recorded } = await replay(server, recording, async (log) => {
        await log.until((frames) => frames.some((frame) => frame.startsWith('{"type": "execution_start"')));
        await server.client.post('/interrupt', { prompt_id: recording.promptId });
      });
      expect(actual).toEqual(recorded);
    },
  );

  for (const name of recordingNames('reject')) {
    it(`answers ${name} with the recorded refusal and tells nobody`, async () => {
      const recording = readRecording(name);
      const log = await server.client.listen(recording.clientId);
      const response = await server.client.post('/prompt', recording.requestText);
      expect([response.status, await response.text()]).toEqual([recording.status, recording.responseText]);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(log.frames.map(stable)).toEqual(recording.frames.map(stable));
      expect(await server.client.text(`/history/${recording.promptId}`)).toBe('{}');
      expect(await server.client.text(`/api/jobs/${recording.promptId}`)).toBe(recording.job.get('body'));
      await log.close();
    });
  }

  it('offers the recorded features, model folders and model files', async () => {
    expect(await server.client.text('/features')).toBe(writeJson(readPlainRecording('features')));
    for (const [path, listed] of readPlainRecording('models') as Dict) {
      expect(await server.client.text(path)).toBe(writeJson(listed));
    }
  });

  it('describes itself with the recorded keys in the recorded order', async () => {
    const stats = parseJson(await server.client.text('/system_stats'));
    expect(keysOf(stats)).toEqual(keysOf(readPlainRecording('system_stats')));
  });
}

/** What a prompt led to, in texts that can be compared. */
interface Trace {
  readonly answer: string;
  readonly frames: string[];
  readonly history: string;
  readonly job: string;
}

async function replay(
  { client, isReal }: Server,
  recording: Recording,
  meanwhile?: (log: EventLog) => Promise<void>,
): Promise<{ actual: Trace; recorded: Trace }> {
  const log = await client.listen(recording.clientId);
  const response = await client.post('/prompt', recording.requestText);
  const answer = `${response.status} ${await response.text()}`;
  await meanwhile?.(log);
  await log.untilEnd(recording.promptId);
  await log.close();
  const history = await client.text(`/history/${recording.promptId}`);
  const job = await client.text(`/api/jobs/${recording.promptId}`);
  return {
    actual: comparable({ answer, frames: log.frames, history, job }, isReal),
    recorded: comparable(
      {
        answer: `${recording.status} ${recording.responseText}`,
        frames: [...recording.frames],
        history: recording.historyText,
        job: writeJson(recording.job),
      },
      isReal,
    ),
  };
}

function comparable(trace: Trace, isReal: boolean): Trace {
  const frames = trace.frames.map((frame) => shown(frame, isReal));
  return {
    answer: trace.answer.slice(0, 4) + shown(trace.answer.slice(4), isReal),
    frames: isReal ? frames.filter(isNoStep) : frames,
    history: shown(trace.history, isReal),
    job: shown(trace.job, isReal),
  };
}

/** How many steps are told apart depends on time, so a real server's are left out. */
const isNoStep = (frame: string): boolean => !frame.includes('"type": "progress');

/** What a real server cannot repeat (its numbers, counters, folders) is masked there; the simulator must match it too. */
function shown(text: string, isReal: boolean): string {
  const masked = stable(text);
  if (!isReal) return masked;
  return masked
    .replaceAll(/"(number|priority)": -?\d+/g, '"$1": 0')
    .replaceAll(/"prompt": \[\d+, /g, '"prompt": [0, ')
    .replaceAll(/i2v_\d+/g, 'i2v_N')
    .replaceAll(/"fullpath": "[^"]*"/g, '"fullpath": ""');
}

/** Masks times, and what an exception's text holds of its place in the code and of tensors. */
function stable(text: string): string {
  return writeJson(withoutPlace(parseJson(text))).replaceAll(
    /"(timestamp|create_time|execution_start_time|execution_end_time)": \d+/g,
    '"$1": 0',
  );
}

const socketInputs = new Set(['model', 'positive', 'negative', 'latent_image']);

function withoutPlace(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutPlace);
  if (!isDict(value)) return value;
  const isError = value.has('traceback');
  return new Map(
    [...value].map(([key, item]): [string, Value] => {
      if (isError && key === 'traceback') return [key, (item as Value[]).length > 0];
      if (isError && key === 'current_outputs') return [key, (item as string[]).toSorted()];
      if (isError && key === 'current_inputs') {
        return [
          key,
          new Map(
            [...(item as Dict)].map(([name, shownAs]) => [name, socketInputs.has(name) ? null : shownAs]),
          ),
        ];
      }
      return [key, withoutPlace(item)];
    }),
  );
}

function keysOf(stats: Value): unknown {
  const part = (key: string) => (stats as Dict).get(key);
  const devices = part('devices') as Dict[];
  return {
    system: [...(part('system') as Dict).keys()],
    devices: devices.map((device) => [...device.keys()]),
  };
}
