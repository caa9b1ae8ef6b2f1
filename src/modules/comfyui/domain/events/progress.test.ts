import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseEvent, type ComfyEvent } from './events.js';
import success from '../fixtures/run-success.json' with { type: 'json' };
import cached from '../fixtures/run-cached.json' with { type: 'json' };
import type { Graph } from '../graph/graph.js';
import { samplingWork, weighNodes } from './progress-weights.js';
import { advanceProgress, startProgress } from './progress.js';

const { promptId, messages } = success;
const prompt: Graph = success.prompt;
const events = messages.map((message) => parseEvent(JSON.stringify(message))!);
const event = (type: string, data: object) =>
  parseEvent(JSON.stringify({ type, data: { prompt_id: promptId, ...data } }))!;

function partOf57(value: number) {
  return { value, max: 2, state: 'running', real_node_id: '57', display_node_id: '57' };
}

function percents(stream: ComfyEvent[]): number[] {
  let progress = startProgress(prompt, promptId, ['76']);
  return stream.map((item) => (progress = advanceProgress(progress, item)).percent);
}

describe('weights', () => {
  const weights = weighNodes(prompt, ['76']);

  it('follow the steps of each sampler stage, not of the whole schedule', () => {
    expect(weights.get('57')).toBe(20);
    expect(weights.get('58')).toBe(20);
  });

  it('put samplers over decoding and video, and these over loaders', () => {
    expect(weights.get('57')).toBeGreaterThan(weights.get('8')!);
    expect(weights.get('8')).toBeGreaterThan(weights.get('68')!);
    expect(weights.get('76')).toBeGreaterThan(weights.get('6')!);
  });

  it('grow with frames and pixels, and find the steps of a separate scheduler', () => {
    const graph = {
      s: { class_type: 'BasicScheduler', inputs: { steps: 8 } },
      small: { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 512, batch_size: 1 } },
      large: { class_type: 'EmptyLatentImage', inputs: { width: 1024, height: 1024, batch_size: 1 } },
      a: { class_type: 'SamplerCustomAdvanced', inputs: { sigmas: ['s', 0], latent_image: ['small', 0] } },
      b: { class_type: 'SamplerCustomAdvanced', inputs: { sigmas: ['s', 0], latent_image: ['large', 0] } },
    };
    expect([weighNodes(graph).get('a'), weighNodes(graph).get('b')]).toEqual([20, 80]);
  });
});

describe('progress of the recorded run', () => {
  it('rises, stays under 100 until the end marker, and ends at 100', () => {
    const seen = percents(events);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(Math.max(...seen.slice(0, -1))).toBeLessThanOrEqual(99);
    expect(seen.at(-1)).toBe(100);
    expect(new Set(seen).size).toBeGreaterThan(8);
  });

  it('is much the same on a server that sends no progress_state', () => {
    const plain = percents(events.filter((item) => item.type !== 'progress_state'));
    expect(plain).toEqual(plain.toSorted((a, b) => a - b));
    expect(plain.at(-1)).toBe(100);
    const full =
      percents(events)[events.findIndex((item) => item.type === 'progress' && item.nodeId === '58')]!;
    const reached =
      plain[
        events
          .filter((item) => item.type !== 'progress_state')
          .findIndex((item) => item.type === 'progress' && item.nodeId === '58')
      ]!;
    expect(Math.abs(full - reached)).toBeLessThan(5);
  });

  it('of a cached run goes to 100 at once', () => {
    let progress = startProgress(prompt, cached.promptId, ['76']);
    for (const message of cached.messages)
      progress = advanceProgress(progress, parseEvent(JSON.stringify(message))!);
    expect(progress.percent).toBe(100);
  });

  it('never reaches 100 when the prompt fails', () => {
    const end = [event('execution_error', {}), event('executing', { node: null })];
    expect(percents([...events.slice(0, -4), ...end]).at(-1)).toBeLessThan(100);
  });

  it('does not heed other prompts', () => {
    const progress = startProgress(prompt, 'another');
    expect(events.reduce(advanceProgress, progress)).toBe(progress);
  });

  it('counts the nodes of an expanded sub-graph as the node they came from', () => {
    const nodes = { '57': partOf57(0), '57.0.0.1': partOf57(2), '57.0.0.2': partOf57(1) };
    const progress = advanceProgress(
      startProgress(prompt, promptId, ['76']),
      event('progress_state', { nodes }),
    );
    expect(progress.done.get('57')).toBe(0.5);
  });

  it('never falls and never leaves 0–100, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: 1 }), (stream) => {
        const seen = percents(stream);
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect(seen.every((percent) => percent >= 0 && percent <= 100)).toBe(true);
      }),
    );
  });
});

describe('the work of a graph', () => {
  const sized = (width: number, steps: number): Graph => ({
    latent: { class_type: 'EmptyLatentImage', inputs: { width, height: 512, batch_size: 1 } },
    sample: { class_type: 'KSampler', inputs: { steps, latent_image: ['latent', 0] } },
  });

  it('grows with pixels and steps', () => {
    expect(samplingWork(sized(512, 20))).toBe(512 * 512 * 20);
    expect(samplingWork(sized(1024, 20)) / samplingWork(sized(512, 10))).toBe(4);
  });

  it('is 1 where nothing is sampled', () => {
    expect(samplingWork({ load: { class_type: 'LoadImage', inputs: {} } })).toBe(1);
  });
});
