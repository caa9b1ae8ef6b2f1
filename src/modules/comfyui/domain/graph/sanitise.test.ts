import { describe, expect, it } from 'vitest';

import success from '../fixtures/run-success.json' with { type: 'json' };
import { parseJson } from '../json/json.js';
import { sanitisePrompt, type SanitiseOptions } from './sanitise.js';

const save = { class_type: 'SaveImage', inputs: { images: ['1', 0] } };
const load = { class_type: 'LoadImage', inputs: { image: 'a.png' } };
const fedBy = (id: string) => ({ class_type: 'A', inputs: { x: [id, 0] } });
const outputClasses = (classType: string) => classType === 'SaveImage' || classType === 'VHS_VideoCombine';

function codes(raw: unknown, options?: SanitiseOptions): string[] {
  const result = sanitisePrompt(raw, options);
  return result.ok ? [] : result.faults.map((fault) => fault.code);
}

function accept(raw: unknown, options?: SanitiseOptions) {
  const result = sanitisePrompt(raw, options);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result;
}

describe('a prompt that would harm a node is refused', () => {
  it.each<[string, unknown, string]>([
    ['null', null, 'not_an_object'],
    ['a list', [load], 'not_an_object'],
    ['no nodes', {}, 'empty'],
    ['a node that is no object', { '1': 'x' }, 'bad_node'],
    ['a node without class', { '1': { inputs: {} } }, 'missing_class_type'],
    ['a class that is no text', { '1': { class_type: 1, inputs: {} } }, 'missing_class_type'],
    ['a node without inputs', { '1': { class_type: 'A' } }, 'bad_inputs'],
    ['inputs as a list', { '1': { class_type: 'A', inputs: [] } }, 'bad_inputs'],
    [
      'a link to a missing node in any input',
      { '1': { class_type: 'A', inputs: { extra: ['99', 0] } } },
      'bad_link',
    ],
    [
      'a link with a negative slot',
      { '1': load, '2': { class_type: 'A', inputs: { x: ['1', -1] } } },
      'bad_link',
    ],
    [
      'a link with a float slot',
      { '1': load, '2': { class_type: 'A', inputs: { x: ['1', 0.5] } } },
      'bad_link',
    ],
    [
      'a link with a boolean slot',
      { '1': load, '2': { class_type: 'A', inputs: { x: ['1', true] } } },
      'bad_link',
    ],
    [
      'a link with a number as id',
      { '1': load, '2': { class_type: 'A', inputs: { x: [1, 0] } } },
      'bad_link',
    ],
    [
      'a link to an inherited name',
      { '1': { class_type: 'A', inputs: { x: ['constructor', 0] } } },
      'bad_link',
    ],
    ['a wrapped link', { '1': { class_type: 'A', inputs: { x: { __value__: ['1', 0] } } } }, 'wrapped_link'],
    ['a node that feeds itself', { '1': { class_type: 'A', inputs: { x: ['1', 0] } } }, 'cycle'],
    ['the id __proto__', JSON.parse('{"__proto__": {"class_type": "A", "inputs": {}}}'), 'bad_node_id'],
    [
      'the input __proto__',
      { '1': JSON.parse('{"class_type": "A", "inputs": {"__proto__": 1}}') },
      'bad_input_name',
    ],
  ])('%s', (_name, raw, code) => {
    expect(codes(raw)).toEqual([code]);
  });

  it('numbers that Python cannot read', () => {
    expect(codes(parseJson(`{"1": {"class_type": "A", "inputs": {"seed": ${'9'.repeat(5_000)}}}}`))).toEqual([
      'bad_value',
    ]);
    expect(codes({ '1': { class_type: 'A', inputs: { x: Number.NaN } } })).toEqual(['bad_value']);
  });

  it('a cycle over several nodes', () => {
    expect(codes({ '1': fedBy('2'), '2': fedBy('3'), '3': fedBy('1') })).toEqual(['cycle']);
  });

  it('too many nodes or bytes', () => {
    expect(codes({ '1': load, '2': load }, { maxNodes: 1 })).toEqual(['too_large']);
    expect(codes({ '1': load }, { maxBytes: 50 })).toEqual(['too_large']);
  });

  it('no output among known classes', () => {
    expect(codes({ '1': load }, { outputClasses })).toEqual(['no_outputs']);
  });

  it('with every fault told, up to a bound', () => {
    const bad = Object.fromEntries(Array.from({ length: 200 }, (_, id) => [`n${id}`, null]));
    expect(codes(bad)).toHaveLength(50);
    expect(codes({ '1': null, '2': { class_type: 'A' } })).toEqual(['bad_node', 'bad_inputs']);
  });
});

describe('a sound prompt', () => {
  it('is the recorded Wan 2.2 graph, unchanged', () => {
    const { prompt } = success;
    expect(accept(prompt, { outputClasses }).graph).toEqual(prompt);
  });

  it('keeps its seed digit by digit', () => {
    const raw = parseJson('{"1": {"class_type": "K", "inputs": {"seed": 18446744073709551615, "cfg": 5.0}}}');
    expect(accept(raw).text).toContain('"seed":18446744073709551615,"cfg":5.0');
  });

  it('keeps wrapped lists and lists that are no links', () => {
    const inputs = {
      tags: { __value__: ['a', 'b'] },
      size: [512, 768],
      names: ['x', 'y'],
      more: ['x', 1, 2],
    };
    expect(accept({ '1': { class_type: 'A', inputs } }).graph['1']!.inputs).toEqual(inputs);
  });

  it('gets titles, and loses keys the server would take orders from', () => {
    const raw = {
      '1': { ...load, is_changed: ['x'], _meta: null },
      '2': { ...save, _meta: { title: 'T', x: 1 } },
    };
    const { graph } = accept(raw);
    expect(graph['1']).toEqual({ ...load, _meta: { title: 'LoadImage' } });
    expect(graph['2']!._meta).toEqual({ title: 'T' });
  });

  it('loses the nodes that feed no output, and with them a cycle there', () => {
    const raw = { '1': load, '2': save, '3': { class_type: 'A', inputs: { x: ['3', 0] } } };
    const { graph, dropped } = accept(raw, { outputClasses });
    expect(Object.keys(graph)).toEqual(['1', '2']);
    expect(dropped).toEqual(['3']);
  });

  it('keeps nodes of unknown classes, which may be outputs', () => {
    expect(
      accept({ '1': { class_type: 'Mystery', inputs: {} } }, { outputClasses: () => undefined }).dropped,
    ).toEqual([]);
  });

  it('may have ids that are names of object members', () => {
    const raw = { constructor: load, toString: { class_type: 'A', inputs: { x: ['constructor', 0] } } };
    expect(Object.keys(accept(raw).graph)).toEqual(['constructor', 'toString']);
  });

  it('may be long: a chain of 5,000 nodes', () => {
    const chain = Array.from({ length: 5_000 }, (_, id) => [
      `n${id}`,
      { class_type: 'A', inputs: id > 0 ? { x: [`n${id - 1}`, 0] } : {} },
    ]);
    expect(accept(Object.fromEntries(chain)).dropped).toEqual([]);
  });
});
