import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nodesInFile } from './node-file.js';

const read = (text: string) => nodesInFile(parse(text));

describe('a file of nodes', () => {
  it('has names, labels, weights, pools and credentials', () => {
    const text = `
      nodes:
        - { name: rtx1, url: http://10.0.0.5:8188/, weight: 2, pool: video, labels: { gpu: '5090' } }
        - { url: https://gpu2.example/comfy, username: a, password: 'p@ss' }
    `;
    expect(read(text)).toEqual([
      {
        id: 'rtx1',
        url: 'http://10.0.0.5:8188',
        settings: { weight: 2, labels: { gpu: '5090', pool: 'video' } },
        leaving: false,
        incarnation: null,
      },
      {
        id: 'gpu2.example:443',
        url: 'https://a:p%40ss@gpu2.example/comfy',
        settings: { weight: 1, labels: {} },
        leaving: false,
        incarnation: null,
      },
    ]);
  });

  it('may be empty on purpose, and only then', () => {
    expect(read('nodes: []')).toEqual([]);
    for (const text of ['', 'nodes:', '# nothing', '[]', 'node: []'])
      expect(() => read(text), text).toThrow(/the file|nodes/);
  });

  it('is refused whole for one mistake, which is told by its place and without its credential', () => {
    expect(() => read('nodes: [{ url: http://a }, { url: ftp://u:secret@b, colour: red }]')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
    expect(() => read('nodes: [{ url: http://a }, { url: http://b, weight: -1 }]')).toThrow(
      /^nodes\.1\.weight: /,
    );
    expect(() => read('nodes: [{ name: a, url: http://a }, { name: a, url: http://b }]')).toThrow('one name');
    expect(() => read('nodes: [{ name: a, url: http://a }, { name: b, url: http://a/ }]')).toThrow('one url');
  });
});
