import { expect, it } from 'vitest';
import { classSpec, nodeSpec } from '../../../../../test/scheduling/builders.js';
import { vram } from './vram.js';

const needs = classSpec({ id: 'c', minVramBytes: 24e9 });

it('counts the total memory, so a node with exactly enough passes', () => {
  expect(vram(needs, nodeSpec({ id: 'n', vramBytes: 24e9 }))).toBeUndefined();
});

it('tells how much memory was needed', () => {
  expect(vram(needs, nodeSpec({ id: 'n', vramBytes: 16e9 }))).toEqual({ filter: 'vram', detail: '24 GB' });
});
