import { expect, it } from 'vitest';
import { classSpec, nodeSpec } from '../../../../../test/scheduling/builders.js';
import { pool } from './pool.js';

it('keeps a confined tenant within its pool', () => {
  const needs = classSpec({ id: 'c', pool: 'team-a' });
  expect(pool(needs, nodeSpec({ id: 'n', pools: ['team-a', 'shared'] }))).toBeUndefined();
  expect(pool(needs, nodeSpec({ id: 'n', pools: ['shared'] }))).toEqual({ filter: 'pool', detail: 'team-a' });
});

it('lets everybody else use any node', () => {
  expect(pool(classSpec({ id: 'c' }), nodeSpec({ id: 'n', pools: ['team-a'] }))).toBeUndefined();
});
