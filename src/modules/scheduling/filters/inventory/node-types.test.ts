import { expect, it } from 'vitest';
import { classSpec, inventory, nodeSpec } from '../../../../../test/scheduling/builders.js';
import { nodeTypes } from './node-types.js';

const needs = classSpec({ id: 'c', nodeTypes: ['KSampler', 'VHS_VideoCombine'] });

it('lets a node pass that registered every node type', () => {
  const node = nodeSpec({ id: 'n', inventory: inventory([], [], ['KSampler', 'VHS_VideoCombine']) });
  expect(nodeTypes(needs, node)).toBeUndefined();
});

it('names the node type that is not installed', () => {
  const node = nodeSpec({ id: 'n', inventory: inventory([], [], ['KSampler']) });
  expect(nodeTypes(needs, node)).toEqual({ filter: 'node-types', detail: 'VHS_VideoCombine' });
});
