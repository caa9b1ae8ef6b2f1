import { expect, it } from 'vitest';
import { classSpec, nodeSpec } from '../../../../../test/scheduling/builders.js';
import { labels } from './labels.js';

const needs = classSpec({ id: 'c', labels: { zone: 'eu' } });

it('lets a node pass that carries every label asked for, whatever else it carries', () => {
  expect(labels(needs, nodeSpec({ id: 'n', labels: { zone: 'eu', rack: '7' } }))).toBeUndefined();
});

it.each<Record<string, string>>([{}, { zone: 'us' }])('refuses a node labelled %o', (given) => {
  expect(labels(needs, nodeSpec({ id: 'n', labels: given }))).toEqual({
    filter: 'labels',
    detail: 'zone=eu',
  });
});
