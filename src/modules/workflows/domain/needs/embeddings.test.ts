import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../graph.js';
import { atOnce } from '../../../comfyui/domain/index.js';
import { embeddingsSteps, isEmbeddingFile } from './embeddings.js';
import { requirementsOf } from './requirements.js';

const embeddingsIn = (text: string) => atOnce(embeddingsSteps(text));
const names = (text: string) => embeddingsIn(text).map((value) => value.replace('embedding:', ''));

describe('embeddings in a text', () => {
  it.each([
    ['embedding:EasyNegative', ['EasyNegative']],
    ['bad hands, embedding:EasyNegative, blurry', ['EasyNegative']],
    ['(embedding:one:1.2) and (embedding:two.pt), ((embedding:three:.5))', ['one', 'two.pt', 'three']],
    ['line\nembedding:a\nembedding:b', ['a', 'b']],
    ['(a)embedding:c', ['c']],
    ['embedding:dir/one, embedding:dir\\two.safetensors', ['dir/one', 'dir/two.safetensors']],
    ['embedding:name\\(v2\\)', ['name(v2)']],
    ['embedding: spaced', ['spaced']],
    ['embedding:v1.5:1.1', ['v1.5:1.1']],
    ['(embedding:v1:1:1.1)', ['v1:1']],
    ['embedding:same embedding:same', ['same']],
    ['embedding:,, embedding:', []],
    ['noembedding:x, "embedding:y", \\(embedding:z', []],
    ['nothing', []],
  ])('%j names %j', (text, expected) => expect(names(text)).toEqual(expected));

  it('are bounded in number and length, and take no time', () => {
    expect(embeddingsIn(Array.from({ length: 500 }, (_, no) => `embedding:e${no}`).join(' '))).toHaveLength(
      100,
    );
    expect(embeddingsIn('embedding:'.repeat(200_000))).toHaveLength(1);
    expect(embeddingsIn(`embedding:${' '.repeat(500_000)}`)).toEqual([]);
    expect(embeddingsIn('(embedding:'.repeat(200_000))).toEqual([]);
    expect(embeddingsIn(`embedding:${'\\'.repeat(500_000)}`).length).toBeLessThan(2);
  });

  it('are looked for in steps, however often a text names one', () => {
    const steps = [...embeddingsSteps(' embedding:a '.repeat(75_000))].length;
    expect(steps).toBeGreaterThan(75_000 / 512);
  });

  it('are not looked for behind the first million characters, whatever these begin with', () => {
    expect(embeddingsIn(`${'日'.repeat(1_000_000)} embedding:far`)).toEqual([]);
  });

  it('are found behind any text that ends with a space, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('\\'));
        expect(names(`${text} embedding:known`)).toContain('known');
      }),
    );
  });
});

it.each([
  ['EasyNegative.safetensors', 'EasyNegative', true],
  ['EasyNegative.safetensors', 'EasyNegative.safetensors', true],
  ['sd15\\EasyNegative.pt', 'EasyNegative', true],
  ['sd15/deep/EasyNegative.bin', 'deep/EasyNegative', true],
  ['plain', 'plain', true],
  ['EasyNegative.safetensors', 'Negative', false],
  ['EasyNegative.safetensors', 'easynegative', false],
  ['EasyNegative.txt', 'EasyNegative', false],
  ['sd15/EasyNegative.pt', 'sdxl/EasyNegative', false],
])('the file %s is the embedding %s: %s', (file, name, expected) => {
  expect(isEmbeddingFile(file, `embedding:${name}`)).toBe(expected);
});

it('are needed by whatever class has the text, once each', () => {
  const graph: Graph = {
    '1': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat, embedding:one' } },
    '2': { class_type: 'PrimitiveStringMultiline', inputs: { value: 'embedding:one (embedding:two:1.3)' } },
  };
  expect(requirementsOf(graph, () => false).choices).toEqual([
    { class: 'embedding:', input: 'name', value: 'embedding:one', nodeIds: ['1', '2'] },
    { class: 'embedding:', input: 'name', value: 'embedding:two', nodeIds: ['2'] },
  ]);
});
