import { describe, expect, it } from 'vitest';
import { type Graph, requirementsOf } from '../../../workflows/domain/index.js';
import { embeddingsApart, embeddingsOf, withEmbeddings } from './embeddings.js';
import { inventoryFrom } from './inventory.js';
import { readinessOf } from './readiness.js';
import { unionOf } from './union.js';

const textNode = { input: { required: { text: ['STRING', { multiline: true }] } } };
const node = (files?: string[]) => withEmbeddings(inventoryFrom({ CLIPTextEncode: textNode }), files);
const needs = (text: string) => {
  const graph: Graph = { '1': { class_type: 'CLIPTextEncode', inputs: { text } } };
  return requirementsOf(graph);
};

describe('a text that names an embedding', () => {
  it('runs where the file is, and where a node does not tell of its files', () => {
    const needed = needs('blurry, embedding:bad');
    expect(readinessOf(needed, node(['sd15\\bad.pt']))).toEqual({ ready: true, spelling: [] });
    expect(readinessOf(needed, node())).toEqual({ ready: true, spelling: [] });
    expect(readinessOf(needed, node(['other.pt']))).toEqual({
      ready: false,
      missing: {
        classes: [],
        models: [{ class: 'embedding:', input: 'name', value: 'embedding:bad' }],
        loras: [],
        choices: [],
        inputs: [],
      },
    });
  });

  it('needs of those that it names the ones that some node has', () => {
    const union = unionOf([node(['known.pt']), node([]), node()]);
    const { requirements, ignored } = embeddingsApart(needs('embedding:known embedding:lost'), union);
    expect(requirements.choices.map(({ value }) => value)).toEqual(['embedding:known']);
    expect(ignored).toEqual(['embedding:lost']);
    expect(embeddingsApart(needs('embedding:any'), unionOf([node()])).ignored).toEqual(['embedding:any']);
  });
});

it('a list of embeddings takes the place of the one before, and lies in the order of classes', () => {
  const first = node(['b.pt', 'a.pt']);
  expect(embeddingsOf(first)).toEqual(['a.pt', 'b.pt']);
  expect(Object.keys(first.classes)).toEqual(['CLIPTextEncode', 'embedding:']);
  expect(withEmbeddings(first, ['c.pt'])).toEqual(node(['c.pt']));
  expect(withEmbeddings(first, undefined)).toEqual(node());
});
