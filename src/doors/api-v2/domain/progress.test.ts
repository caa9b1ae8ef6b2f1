import { expect, it } from 'vitest';
import { foldEvent, nothingRan, progressOf } from './progress.js';

const classes = new Map([
  ['1', 'Loader'],
  ['2', 'KSampler'],
  ['3', 'SaveImage'],
]);

it('tells the node that works, its step, and how many are done', () => {
  let facts = foldEvent(nothingRan, 'execution_start', { prompt_id: 'p' });
  facts = foldEvent(facts, 'execution_cached', { nodes: ['1'] });
  facts = foldEvent(facts, 'progress_state', {
    nodes: { 2: { state: 'running', value: 5, max: 20 }, 1: { state: 'finished', value: 1, max: 1 } },
  });
  expect(progressOf(facts, 37.5, classes)).toEqual({
    value: 0.375,
    nodes_done: 1,
    nodes_total: 3,
    current_node: '2',
    current_node_class: 'KSampler',
    step: 5,
    steps: 20,
    message: 'KSampler 5/20',
  });
  expect(foldEvent(facts, 'execution_start', {})).toEqual(nothingRan);
});

it('stays within the contract whatever a node says', () => {
  const odd: [string, unknown][] = [
    ['progress', { value: -1, max: 1e308 }],
    ['progress', { value: Number.NaN, max: 'x' }],
    ['progress_state', { nodes: { a: null, b: { state: 'running', value: 7, max: 3 } } }],
    ['executed', { node: 7 }],
    ['execution_cached', { nodes: 'no list' }],
    ['executing', null],
    ['unknown', { node: '1' }],
  ];
  for (const [type, data] of odd) {
    const told = progressOf(foldEvent(nothingRan, type, data), 1e9, classes);
    expect(told.value).toBe(1);
    expect(told.nodes_done).toBeLessThanOrEqual(told.nodes_total);
    expect(told.step ?? 0).toBeLessThanOrEqual(told.steps ?? 0);
  }
});
