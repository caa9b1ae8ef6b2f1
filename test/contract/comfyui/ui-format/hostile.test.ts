/** Files that mean harm: an answer or a fault, never a throw, in bounded time and space. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertUiWorkflow, parseJson } from '../../../../src/modules/comfyui/index.js';
import { processorMs } from '../../../support/processor-time.js';
import { recordedCases, recordedSchema } from './recorded.js';

const schemaOf = recordedSchema();
const convert = (ui: unknown) => convertUiWorkflow(ui, schemaOf);
const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const codesOf = (ui: unknown) => {
  const answer = convert(ui);
  return answer.ok ? [] : [...new Set(answer.faults.map(({ code }) => code))];
};
const reroute = (id: number | string, link: number | null) => ({
  id,
  type: 'Reroute',
  inputs: [{ name: '', type: '*', link }],
});

describe('hostile workflows', () => {
  it.each([null, 1, 'text', {}, { nodes: {} }, { nodes: [1] }, { nodes: [null], links: 3 }])('%j', (ui) => {
    expect(() => convert(ui)).not.toThrow();
  });

  it('a definition that holds itself through others', () => {
    const subgraphs = [1, 2, 3].map((n) => ({
      id: uuid(n),
      nodes: [{ id: 1, type: uuid((n % 3) + 1) }],
      links: [],
    }));
    const ui = { nodes: [{ id: 1, type: uuid(1) }], links: [], definitions: { subgraphs } };
    expect(codesOf(ui)).toEqual(['recursive_subgraph']);
  });

  it('ten levels of ten subgraphs each', () => {
    const subgraphs = Array.from({ length: 10 }, (_, level) => ({
      id: uuid(level),
      nodes: Array.from({ length: 10 }, (_node, id) => ({
        id,
        type: level === 9 ? 'EmptyImage' : uuid(level + 1),
      })),
      links: [],
    }));
    const ui = { nodes: [{ id: 1, type: uuid(0) }], links: [], definitions: { subgraphs } };
    expect(codesOf(ui)).toEqual(['too_large']);
  });

  it('a long text in a subgraph that is shown a thousand times', () => {
    const text = 'x'.repeat(1_000_000);
    const subgraphs = [
      { id: uuid(1), nodes: [{ id: 1, type: 'CLIPTextEncode', widgets_values: [text] }], links: [] },
    ];
    const nodes = Array.from({ length: 1_000 }, (_, id) => ({ id, type: uuid(1) }));
    expect(codesOf({ nodes, links: [], definitions: { subgraphs } })).toEqual(['too_large']);
  });

  it('subgraphs a thousand deep', () => {
    const subgraphs = Array.from({ length: 1_000 }, (_, level) => ({
      id: uuid(level),
      nodes: [{ id: 1, type: uuid(level + 1) }],
      links: [],
    }));
    expect(codesOf({ nodes: [{ id: 1, type: uuid(0) }], links: [], definitions: { subgraphs } })).toEqual([
      'too_large',
    ]);
  });

  it('group nodes that multiply', () => {
    const group = { nodes: Array.from({ length: 1_000 }, () => ({ type: 'EmptyImage' })), links: [] };
    const nodes = Array.from({ length: 1_000 }, (_, id) => ({ id, type: 'workflow>Big' }));
    expect(codesOf({ nodes, links: [], extra: { groupNodes: { Big: group } } })).toEqual(['too_large']);
  });

  it('rings of reroutes, of Get and Set, and a node that feeds itself', () => {
    const nodes = [
      reroute(1, 2),
      reroute(2, 1),
      { id: 3, type: 'PreviewImage', inputs: [{ name: 'images', type: 'IMAGE', link: 3 }] },
      { id: 4, type: 'SetNode', inputs: [{ name: 'IMAGE', type: 'IMAGE', link: 4 }], widgets_values: ['a'] },
      { id: 5, type: 'GetNode', widgets_values: ['a'] },
      { id: 6, type: 'PreviewImage', inputs: [{ name: 'images', type: 'IMAGE', link: 5 }] },
    ];
    const links = [
      [1, 1, 0, 2, 0],
      [2, 2, 0, 1, 0],
      [3, 1, 0, 3, 0],
      [4, 5, 0, 4, 0],
      [5, 5, 0, 6, 0],
    ];
    const answer = convert({ nodes, links });
    expect(answer.ok && answer.problems.map(({ code }) => code)).toEqual(['link_ring', 'link_ring']);
  });

  it('names of prototypes as ids, classes, widgets, groups and subgraphs', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const nodes = names.flatMap((name) => [
      {
        id: name,
        type: 'EmptyImage',
        widgets_values: parseJson('{"__proto__":1,"constructor":2,"width":3}'),
      },
      { id: `${name}1`, type: name },
      { id: `${name}2`, type: `workflow>${name}` },
      { id: `${name}3`, type: 'VHS_VideoCombine', widgets_values: { format: name } },
    ]);
    expect(codesOf({ nodes, links: [] })).toEqual(['missing_class']);
    expect(codesOf({ nodes: nodes.slice(0, 1), links: [] })).toEqual(['unusable_id']);
    expect(Object.hasOwn(Object.prototype, 'width')).toBe(false);
  });

  it('numbers at the end of what counts', () => {
    for (const last of [1e308, 2 ** 53, -1e308, Number.NaN, 2 ** 50 - 1]) {
      const nodes = [last, 1, 1, 1].map((id) => ({ id, type: 'EmptyImage' }));
      const subgraphs = [{ id: uuid(1), nodes, links: [] }];
      const ui = {
        last_node_id: last,
        nodes: [...nodes, { id: 9, type: uuid(1) }],
        links: [],
        definitions: { subgraphs },
      };
      expect(() => convert(ui)).not.toThrow();
    }
  });

  it('values nested deeper than any stack', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const nodes = [
      { id: 1, type: 'CLIPTextEncode', widgets_values: [deep] },
      { id: 2, type: 'EmptyImage', widgets_values: [deep, deep] },
      { id: 3, type: 'KSampler', widgets_values: [1, 'fixed', 1, 1, deep] },
    ];
    expect(() => convert({ nodes, links: [] })).not.toThrow();
  });

  it.each([
    ['a ten-megabyte prompt of comment openers', () => oneText('/*'.repeat(5_000_000))],
    ['a ten-megabyte prompt of braces', () => oneText('{'.repeat(5_000_000))],
    ['a ten-megabyte prompt of percent signs', () => oneFile('%'.repeat(5_000_000))],
    ['a chain of 40,000 reroutes with 9,000 readers', manyReaders],
    ['a bypassed node with 20,000 inputs and as many types asking', manyTypes],
    ['50,000 proxied widgets', manyProxies],
    [
      '100,000 definitions',
      () => ({
        nodes: [],
        links: [],
        definitions: { subgraphs: Array.from({ length: 100_000 }, () => ({})) },
      }),
    ],
    [
      '49,000 unknown classes',
      () => ({ nodes: Array.from({ length: 49_000 }, (_, id) => ({ id, type: `T${id}` })), links: [] }),
    ],
    [
      '200,000 nodes',
      () => ({ nodes: Array.from({ length: 200_000 }, (_, id) => ({ id, type: 'Note' })), links: [] }),
    ],
  ])('%s: in seconds', (_, make) => {
    const ui = make();
    expect(processorMs(() => convert(ui))).toBeLessThan(5_000);
  });

  it('anything at all in the place of anything', () => {
    const cases = recordedCases().map(({ ui }) => ui);
    const spoiled = fc.tuple(fc.constantFrom(...cases), fc.nat(400), fc.anything({ maxDepth: 2 }));
    fc.assert(
      fc.property(spoiled, ([ui, at, value]) => {
        expect(() => convert(spoil(structuredClone(ui), at, value))).not.toThrow();
      }),
      { numRuns: 400 },
    );
  });
});

/** Puts the value where the walk through the file comes by at its n-th step. */
function spoil(ui: unknown, steps: number, value: unknown): unknown {
  let left = steps;
  const open: unknown[] = [ui];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const key of Object.keys(next)) {
      if (left-- === 0) {
        (next as Record<string, unknown>)[key] = value;
        return ui;
      }
      open.push((next as Record<string, unknown>)[key]);
    }
  }
  return ui;
}

const oneText = (text: string) => ({
  nodes: [{ id: 1, type: 'CLIPTextEncode', widgets_values: [text] }],
  links: [],
});
const oneFile = (text: string) => ({
  nodes: [{ id: 1, type: 'SaveImage', widgets_values: [text] }],
  links: [],
});

function manyReaders() {
  const chain = Array.from({ length: 40_000 }, (_, id) => reroute(id + 1, id));
  const readers = Array.from({ length: 9_000 }, (_, at) => ({
    id: `r${at}`,
    type: 'PreviewAny',
    inputs: [{ name: `source${at}`, type: `T${at}`, link: 50_000 + at }],
  }));
  const links = [
    ...chain.map(({ id }) => [Number(id) - 1, Number(id) - 1, 0, id, 0]),
    ...readers.map(({ id }, at) => [50_000 + at, 40_000, 0, id, 0]),
  ];
  return { nodes: [...chain, ...readers], links };
}

function manyTypes() {
  const inputs = Array.from({ length: 20_000 }, (_, at) => ({ name: `i${at}`, type: `A${at}` }));
  const asking = Array.from({ length: 20_000 }, (_, at) => ({ name: `i${at}`, type: `B${at}`, link: at }));
  const links = asking.map(({ link }) => [link, 1, 0, 2, link]);
  return {
    nodes: [
      { id: 1, type: 'ImageInvert', mode: 4, inputs },
      { id: 2, type: 'PreviewAny', inputs: asking },
    ],
    links,
  };
}

function manyProxies() {
  const proxyWidgets = Array.from({ length: 50_000 }, (_, at) => ['-1', `i${at}`]);
  const inputs = Array.from({ length: 50_000 }, (_, at) => ({ name: `i${at}`, type: 'INT' }));
  const host = {
    id: 1,
    type: uuid(1),
    properties: { proxyWidgets },
    widgets_values: proxyWidgets.map((_, at) => at),
  };
  return {
    nodes: [host],
    links: [],
    definitions: { subgraphs: [{ id: uuid(1), inputs, nodes: [], links: [] }] },
  };
}
