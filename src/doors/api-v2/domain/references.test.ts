import { describe, expect, it } from 'vitest';
import { findReferences, replaceReferences } from './references.js';

const reference = (id: unknown) => ({ __type: 'core/ASSET', info: { id } });

describe('references to assets', () => {
  it('are found wherever they stand, and leave a name in their place', () => {
    const graph = {
      1: { class_type: 'LoadImage', inputs: { image: reference('a') } },
      2: {
        class_type: 'Batch',
        inputs: {
          images: [[reference('b')], { deep: reference('a') }],
          link: ['1', 0],
          many: { x: reference('c') },
        },
      },
      3: { class_type: 'Plain', inputs: { text: 'core/ASSET', size: [1, 2, 3] } },
    };
    const found = findReferences(graph);
    expect(found).toEqual({
      ok: true,
      found: [
        { graphNode: '1', field: 'image', path: [], id: 'a' },
        { graphNode: '2', field: 'images', path: ['__value__', 0, 0], id: 'b' },
        { graphNode: '2', field: 'images', path: ['__value__', 1, 'deep'], id: 'a' },
        { graphNode: '2', field: 'many', path: ['x'], id: 'c' },
      ],
    });
    expect(replaceReferences(graph, found.ok ? found.found : [], (id) => `${id}.png`)).toEqual({
      1: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
      2: {
        class_type: 'Batch',
        inputs: {
          images: { __value__: [['b.png'], { deep: 'a.png' }] },
          link: ['1', 0],
          many: { x: 'c.png' },
        },
      },
      3: graph[3],
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
