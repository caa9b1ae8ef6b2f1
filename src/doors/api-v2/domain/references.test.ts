import { describe, expect, it } from 'vitest';
import { findReferences, replaceReferences } from './references.js';

const reference = (id: unknown) => ({ __type: 'core/ASSET', info: { id } });

describe('references to assets', () => {
  it('are found wherever they stand, with their input', () => {
    const graph = {
      1: { class_type: 'LoadImage', inputs: { image: reference('a') } },
      2: {
        class_type: 'Batch',
        inputs: { images: [[reference('b')], { deep: reference('a') }], link: ['1', 0] },
      },
    };
    expect(findReferences(graph)).toEqual({
      ok: true,
      found: [
        { graphNode: '1', field: 'image', isWhole: true, id: 'a' },
        { graphNode: '2', field: 'images', isWhole: false, id: 'b' },
        { graphNode: '2', field: 'images', isWhole: false, id: 'a' },
      ],
    });
    expect(replaceReferences(graph, (id) => `${id}.png`)).toEqual({
      1: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
      2: { class_type: 'Batch', inputs: { images: [['b.png'], { deep: 'a.png' }], link: ['1', 0] } },
    });
  });

  it.each([[undefined], [''], [7], [null]])('need an id: %j', (id) => {
    const graph = { 9: { class_type: 'LoadImage', inputs: { image: reference(id) } } };
    expect(findReferences(graph)).toEqual({ ok: false, reason: expect.stringContaining('Node 9') as string });
  });

  it('are none in what is no graph', () => {
    for (const odd of [null, 7, 'text', [], { 1: null }, { 1: { inputs: [] } }])
      expect(findReferences(odd)).toEqual({ ok: true, found: [] });
  });
});
