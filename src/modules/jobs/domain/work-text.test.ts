import { expect, it } from 'vitest';
import { workText } from './work-text.js';

const work = { templateHash: 'v1', params: '{"seed":1}', graph: null, assets: [], extraData: null };
const file = (sha256: string, node = '1') => ({ node, field: 'image', sha256 });

it('is the same for equal work, in whatever order its files were found', () => {
  expect(workText({ ...work })).toBe(workText(work));
  expect(workText({ ...work, assets: [file('a', '1'), file('b', '2')] })).toBe(
    workText({ ...work, assets: [file('b', '2'), file('a', '1')] }),
  );
});

it.each([
  { templateHash: 'v2' },
  { params: '{"seed":2}' },
  { templateHash: null, params: null, graph: '{"seed":1}' },
  { assets: [file('a')] },
  { extraData: '{}' },
])('is another with %j', (more) => expect(workText({ ...work, ...more })).not.toBe(workText(work)));
