import { describe, expect, it } from 'vitest';
import type { Graph } from '../graph.js';
import { hiddenFilesSteps } from './hidden-files.js';
import { requirementsOf } from './requirements.js';

const needs = (nodeClass: string, inputs: Record<string, unknown>) => {
  const graph: Graph = { '1': { class_type: nodeClass, inputs } };
  return requirementsOf(graph);
};

describe('files that hide in values', () => {
  it('counts the LoRAs that a Power Lora Loader has switched on', () => {
    const { loras, choices, nodeClasses } = needs('Power Lora Loader (rgthree)', {
      PowerLoraLoaderHeaderWidget: { type: 'PowerLoraLoaderHeaderWidget' },
      lora_1: { on: true, lora: 'a\\b.safetensors', strength: 0.8 },
      lora_2: { on: false, lora: 'off.safetensors', strength: 1 },
      lora_3: { on: true, lora: 'None', strength: 1 },
      '➕ Add Lora': '',
    });
    expect(loras).toEqual(['a/b.safetensors']);
    expect(choices).toMatchObject([{ class: 'LoraLoader', input: 'lora_name', nodeIds: ['1'] }]);
    expect(nodeClasses).toEqual(['Power Lora Loader (rgthree)']);
  });

  it('reads tags where a class loads them, and nowhere else', () => {
    const text = 'a cat <lora:style:0.8> <lora:x/y.pt> <lora::1> <lora:';
    expect(needs('Power Prompt (rgthree)', { prompt: text }).loras).toEqual(['style.safetensors', 'x/y.pt']);
    expect(needs('CLIPTextEncode', { text }).loras).toEqual([]);
  });

  it('pauses before each long text, and before no short one', () => {
    const pauses = (length: number) => [...hiddenFilesSteps('CLIPTextEncode', '日'.repeat(length))].length;
    expect([pauses(100), pauses(100_000)]).toEqual([0, 1]);
  });

  it('takes no time over a text of tags', () => {
    expect(needs('Power Prompt (rgthree)', { prompt: '<lora:'.repeat(200_000) }).loras).toEqual([]);
    expect(needs('Power Prompt (rgthree)', { prompt: '<lora:a>'.repeat(200_000) }).loras).toEqual([
      'a.safetensors',
    ]);
  });
});
