import { expect, it } from 'vitest';
import { classSpec, inventory, nodeSpec } from '../../../../../test/scheduling/builders.js';
import { models } from './models.js';

const needs = classSpec({ id: 'c', models: ['a', 'b'] });

it('lets a node pass that has every heavy model', () => {
  expect(models(needs, nodeSpec({ id: 'n', inventory: inventory(['a', 'b', 'c']) }))).toBeUndefined();
});

it('names the model a node lacks', () => {
  const refusal = models(needs, nodeSpec({ id: 'n', inventory: inventory(['a']) }));
  expect(refusal).toEqual({ filter: 'models', detail: 'b' });
});
