import { expect, it } from 'vitest';
import { classSpec, inventory, nodeSpec } from '../../../../../test/scheduling/builders.js';
import { loras } from './loras.js';

const needs = classSpec({ id: 'c', loras: ['style.safetensors'] });

it('lets a node pass that has the LoRA', () => {
  const node = nodeSpec({ id: 'n', inventory: inventory([], ['style.safetensors']) });
  expect(loras(needs, node)).toBeUndefined();
});

it('names the LoRA a node lacks', () => {
  const node = nodeSpec({ id: 'n', inventory: inventory([]) });
  expect(loras(needs, node)).toEqual({ filter: 'loras', detail: 'style.safetensors' });
});
