import * as fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { classHash } from './class-hash.js';
import type { PlacementNeeds } from './placement-needs.js';
import type { Graph } from '../graph.js';
import { requirementsOf, type InputTest } from './requirements.js';

const graph: Graph = {
  '1': { class_type: 'UNETLoader', inputs: { unet_name: 'Wan\\high.safetensors', weight_dtype: 'default' } },
  '2': {
    class_type: 'LoraLoaderModelOnly',
    inputs: { lora_name: 'fast.safetensors', strength_model: 1, model: ['1', 0] },
  },
  '3': { class_type: 'UNETLoader', inputs: { unet_name: 'Wan/high.safetensors', weight_dtype: 'default' } },
  '4': { class_type: 'LoadImage', inputs: { image: 'cat.png' } },
  '5': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat', clip: ['1', 1] } },
  '6': { class_type: 'KSampler', inputs: { sampler_name: 'euler', seed: 1, text: ['5', 0] } },
};
const combos = new Set([
  'UNETLoader.unet_name',
  'UNETLoader.weight_dtype',
  'LoraLoaderModelOnly.lora_name',
  'KSampler.sampler_name',
]);
const isCombo: InputTest = (nodeClass, input) => combos.has(`${nodeClass}.${input}`);

const promptOf = (text: string): Graph => ({ '1': { class_type: 'CLIPTextEncode', inputs: { text } } });

describe('requirementsOf', () => {
  it('names classes, models, LoRAs and uploads, one entry for each file whichever separator it has', () => {
    expect(requirementsOf(graph)).toMatchObject({
      nodeClasses: ['CLIPTextEncode', 'KSampler', 'LoadImage', 'LoraLoaderModelOnly', 'UNETLoader'],
      models: ['Wan/high.safetensors'],
      loras: ['fast.safetensors'],
      images: [{ nodeId: '4', field: 'image', value: 'cat.png' }],
      choices: [
        { class: 'LoraLoaderModelOnly', input: 'lora_name', value: 'fast.safetensors', nodeIds: ['2'] },
        { class: 'UNETLoader', input: 'unet_name', value: 'Wan/high.safetensors', nodeIds: ['1', '3'] },
      ],
    });
  });

  it('adds every combo choice when the schemas are at hand', () => {
    const values = requirementsOf(graph, isCombo).choices.map(({ input, value }) => [input, value]);
    expect(values).toEqual([
      ['sampler_name', 'euler'],
      ['lora_name', 'fast.safetensors'],
      ['unet_name', 'Wan/high.safetensors'],
      ['weight_dtype', 'default'],
    ]);
  });

  it('takes no prompt for a file when the schema says it is text, nor a text of several lines ever', () => {
    expect(requirementsOf(promptOf('draw model.ckpt'), isCombo).models).toEqual([]);
    expect(requirementsOf(promptOf('first line\nmodel.ckpt')).models).toEqual([]);
  });

  it('looks into wrapped lists and past lossless numbers', () => {
    const wrapped: Graph = {
      '1': {
        class_type: 'Pick',
        inputs: { names: { __value__: ['a', 'b'] }, size: new LosslessNumber('2') },
      },
    };
    expect(requirementsOf(wrapped, () => true).choices.map(({ value }) => value)).toEqual(['a', 'b', 2]);
  });

  it('is safe on classes and inputs named like object members', () => {
    const odd: Graph = JSON.parse(
      '{"__proto__":{"class_type":"constructor","inputs":{"__proto__":"x.pt","toString":null}}}',
    );
    expect(requirementsOf(odd)).toMatchObject({ nodeClasses: ['constructor'], models: ['x.pt'] });
  });
});

const hashOf = (changed: Graph) => classHash(requirementsOf(changed, isCombo));
const withInput = (id: string, field: string, value: unknown): Graph => {
  const node = graph[id]!;
  return { ...graph, [id]: { ...node, inputs: { ...node.inputs, [field]: value } } };
};

describe('classHash', () => {
  it('is the same for other node ids, prompts, seeds, input files and orders of nodes', () => {
    const idPrefix = fc.string({ minLength: 1, maxLength: 3 });
    const free = fc.record({
      prompt: fc.string(),
      seed: fc.nat(),
      file: fc.string(),
      reversed: fc.boolean(),
    });
    fc.assert(
      fc.property(idPrefix, free, (prefix, { prompt, seed, file, reversed }) => {
        const changed = structuredClone(graph);
        changed['5']!.inputs['text'] = prompt;
        changed['6']!.inputs['seed'] = seed;
        changed['4']!.inputs['image'] = file;
        const nodes = Object.entries(changed).map(([id, node]) => [`${prefix}${id}`, node] as const);
        expect(hashOf(Object.fromEntries(reversed ? nodes.toReversed() : nodes))).toBe(hashOf(graph));
      }),
    );
  });

  it('tells apart workflows of equal needs, and what they ask of a node beside', () => {
    const labels: PlacementNeeds['labels'] = { zone: 'a', disk: 'nvme' };
    const needs: PlacementNeeds = { workflow: 'one', minVramBytes: 0, labels, pool: null };
    const other = (change: Partial<PlacementNeeds>) =>
      classHash(requirementsOf(graph, isCombo), { ...needs, ...change });
    expect(other({ labels: { disk: 'nvme', zone: 'a' } })).toBe(other({}));
    const all = [hashOf(graph), other({}), other({ workflow: 'two' }), other({ labels: {} })];
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ['another model', '1', 'unet_name', 'low.safetensors'],
    ['another LoRA', '2', 'lora_name', 'slow.safetensors'],
    ['another choice', '6', 'sampler_name', 'heun'],
    ['another set of inputs', '6', 'extra', 1],
  ])('differs for %s', (_, id, field, value) => {
    expect(hashOf(withInput(id, field, value))).not.toBe(hashOf(graph));
  });
});
