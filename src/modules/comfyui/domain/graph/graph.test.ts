import { describe, expect, it } from 'vitest';

import success from '../fixtures/run-success.json' with { type: 'json' };
import { ancestorsOf, asLink, linksOf, type Graph } from './graph.js';
import { parseJson } from '../json/json.js';

describe('links', () => {
  it('are read from plain and lossless values alike', () => {
    expect(asLink(['4', 1])).toEqual({ nodeId: '4', slot: 1 });
    expect(asLink(parseJson('["4", 1]'))).toEqual({ nodeId: '4', slot: 1 });
  });

  it.each([
    '["4", 1.0]',
    '["4", -1]',
    '[4, 1]',
    '["4"]',
    '["4", 1, 2]',
    '["4", true]',
    '["4", 1e0]',
    '{}',
    '5',
  ])('are not read from %s', (text) => {
    expect(asLink(parseJson(text))).toBeUndefined();
  });

  it('of a node are listed with their inputs', () => {
    const prompt: Graph = success.prompt;
    expect(linksOf(prompt['8']!)).toEqual([
      { inputName: 'samples', nodeId: '58', slot: 0 },
      { inputName: 'vae', nodeId: '39', slot: 0 },
    ]);
  });
});

describe('ancestors', () => {
  it('are the node, all upstream of it, and nothing that does not exist', () => {
    const prompt: Graph = success.prompt;
    expect(ancestorsOf(prompt, ['76']).size).toBe(Object.keys(prompt).length);
    expect([...ancestorsOf(prompt, ['77'])].toSorted()).toEqual(['62', '77']);
    expect(ancestorsOf(prompt, ['none', 'constructor']).size).toBe(0);
  });

  it('of a cycle end', () => {
    const loop = {
      a: { class_type: 'A', inputs: { x: ['b', 0] } },
      b: { class_type: 'B', inputs: { x: ['a', 0] } },
    };
    expect(ancestorsOf(loop, ['a']).size).toBe(2);
  });
});
