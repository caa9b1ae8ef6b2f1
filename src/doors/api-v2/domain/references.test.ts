import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../../test/support/processor-time.js';
import { findReferences, type FoundReference, replaceReferences } from './references.js';

/** To the end, with the most that one step took. */
function toTheEnd<Result>(steps: Generator<undefined, Result, undefined>): {
  result: Result;
  stepMsMax: number;
} {
  let stepMsMax = 0;
  for (;;) {
    let step: IteratorResult<undefined, Result> | undefined;
    stepMsMax = Math.max(
      stepMsMax,
      processorMs(() => (step = steps.next())),
    );
    if (step?.done) return { result: step.value, stepMsMax };
  }
}
const findIn = (graph: unknown) => toTheEnd(findReferences(graph)).result;
const replaceIn = (graph: unknown, found: readonly FoundReference[]) =>
  toTheEnd(replaceReferences(graph, found, (id) => `${id}.png`)).result;

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
    const before = structuredClone(graph);
    const found = findIn(graph);
    expect(found).toEqual({
      ok: true,
      found: [
        { graphNode: '1', field: 'image', path: [], id: 'a' },
        { graphNode: '2', field: 'images', path: ['__value__', 0, 0], id: 'b' },
        { graphNode: '2', field: 'images', path: ['__value__', 1, 'deep'], id: 'a' },
        { graphNode: '2', field: 'many', path: ['x'], id: 'c' },
      ],
    });
    expect(replaceIn(graph, found.ok ? found.found : [])).toEqual({
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
    expect(graph).toEqual(before);
  });

  it.each([[undefined], [''], [7], [null]])('need an id: %j', (id) => {
    const graph = { 9: { class_type: 'LoadImage', inputs: { image: reference(id) } } };
    expect(findIn(graph)).toEqual({ ok: false, reason: expect.stringContaining('Node 9') as string });
  });

  it('are none in what is no graph', () => {
    for (const odd of [null, 7, 'text', [], { 1: null }, { 1: { inputs: [] } }])
      expect(findIn(odd)).toEqual({ ok: true, found: [] });
  });

  it('are found and replaced in short steps, however large the graph is', () => {
    const numbers = Array.from({ length: 100_000 }, (_, index) => [index]);
    const many = Array.from({ length: 1_000 }, (_, index) => reference(`r${index}`));
    const graph = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, id) => [
        id,
        { class_type: 'X', inputs: { a: 1, b: [String(id), 0] } },
      ]),
    );
    Object.assign(graph, { big: { class_type: 'X', inputs: { list: [numbers, many] } } });
    const { result, stepMsMax } = toTheEnd(findReferences(graph));
    const found = result.ok ? result.found : [];
    expect(found.map(({ id }) => id)).toEqual(many.map(({ info }) => info.id));
    const replacing = toTheEnd(replaceReferences(graph, found, (id) => id));
    const { list } = (replacing.result as { big: { inputs: { list: { __value__: unknown[][] } } } }).big
      .inputs;
    expect(list.__value__[0]).toBe(numbers);
    expect(list.__value__[1]?.at(-1)).toBe('r999');
    // A turn of the event loop is 50 ms at most; a busy machine makes all work dearer.
    expect(Math.max(stepMsMax, replacing.stepMsMax)).toBeLessThan(500);
  });
});
