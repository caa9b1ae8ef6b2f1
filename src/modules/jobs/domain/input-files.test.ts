import { describe, expect, it } from 'vitest';
import type { Graph } from '../../comfyui/domain/index.js';
import { putFile, withoutFiles } from './input-files.js';

const graph = (): Graph => ({
  1: { class_type: 'Any', inputs: { file: 'a.png', deep: { __value__: ['b.png', { at: 'c.png' }] } } },
});

describe('files in a graph', () => {
  it('stand as a whole value or deep in one', () => {
    const changed = graph();
    putFile(changed, { node: '1', field: 'file' }, 'x/1.png');
    putFile(changed, { node: '1', field: 'deep', path: ['__value__', 0] }, 'x/2.png');
    putFile(changed, { node: '1', field: 'deep', path: ['__value__', 1, 'at'] }, 'x/3.png');
    expect(changed['1']?.inputs).toEqual({
      file: 'x/1.png',
      deep: { __value__: ['x/2.png', { at: 'x/3.png' }] },
    });
  });

  it.each([
    { node: '2', field: 'file' },
    { node: '1', field: 'other' },
    { node: '1', field: 'file', path: ['in text'] },
    { node: '1', field: 'deep', path: ['__value__', 7] },
    { node: '__proto__', field: 'polluted' },
    { node: '1', field: 'deep', path: ['__proto__', 'polluted'] },
  ])('are put nowhere but where the graph has a place: %j', (place) => {
    const changed = graph();
    putFile(changed, place, 'x');
    expect(changed).toEqual(graph());
    expect({}).not.toHaveProperty('polluted');
  });

  it('can be left out, without a change of the graph', () => {
    const whole = graph();
    const bare = withoutFiles(whole, [
      { node: '1', field: 'deep', path: ['__value__', 0] },
      { node: '2', field: 'file' },
    ]);
    expect(bare['1']?.inputs).toEqual({ file: 'a.png', deep: null });
    expect(whole).toEqual(graph());
  });
});
