import { expect, it } from 'vitest';
import { emptyResidency, evictedBy, holds, touchModels, useModels, voidResidency } from './residency.js';

const size = () => 10;

it('pushes out the least recently used model, and no more than needed', () => {
  const node = emptyResidency(30);
  useModels(node, ['a', 'b', 'c'], size);
  useModels(node, ['a'], size);
  expect(evictedBy(node, ['d'], size)).toEqual(['b']);
  expect(useModels(node, ['d'], size)).toEqual(['b']);
  expect(node.models).toEqual(['c', 'a', 'd']);
});

it('a prompt whose models are all held makes them the most recent', () => {
  const node = emptyResidency(30);
  useModels(node, ['a', 'b', 'c'], (model) => ({ a: 8, b: 9, c: 10 })[model]!);
  touchModels(node, ['a', 'b']);
  expect(node).toEqual({ capacityBytes: 30, models: ['c', 'a', 'b'], sizesBytes: [10, 8, 9] });
  touchModels(node, ['b']);
  expect(node.models).toEqual(['c', 'a', 'b']);
});

it('never pushes out a model that the same prompt needs', () => {
  const node = emptyResidency(20);
  useModels(node, ['a', 'b'], size);
  expect(useModels(node, ['a', 'c'], size)).toEqual(['b']);
  expect(holds(node, 'a')).toBe(true);
});

it('holds nothing after it was voided', () => {
  const node = emptyResidency(20);
  useModels(node, ['a'], size);
  voidResidency(node);
  expect(node).toEqual(emptyResidency(20));
});
