import { expect, test } from 'vitest';
import { alike, type Judgement } from './alike.js';

const missing = { classes: ['Upscaler'], models: [], loras: [], choices: [], inputs: [] };
const ready: Judgement[] = [{ name: 'wan', ready: true, missing: null }];
const lacking: Judgement[] = [{ name: 'wan', ready: false, missing }];

test('nodes that stand alike are one group, the largest first', () => {
  const { groups, otherNodes } = alike([
    { id: 'a', acceptsWork: true, judgements: lacking },
    { id: 'b', acceptsWork: true, judgements: ready },
    // Another inventory that comes to the same.
    { id: 'c', acceptsWork: false, judgements: structuredClone(ready) },
  ]);
  expect(groups.map(({ nodes }) => nodes.map(({ id }) => id))).toEqual([['b', 'c'], ['a']]);
  expect(otherNodes).toBe(0);
});

test('nodes of more kinds than an answer holds are counted', () => {
  const nodes = Array.from({ length: 250 }, (_, at) => ({
    id: `n${at}`,
    acceptsWork: true,
    judgements: [{ name: 'wan', ready: false, missing: { ...missing, classes: [`Class${at}`] } }],
  }));
  const { groups, otherNodes } = alike(nodes);
  expect([groups.length, otherNodes]).toEqual([100, 150]);
});
