import { describe, expect, it } from 'vitest';

import success from '../fixtures/run-success.json' with { type: 'json' };
import { containerFormat, isVideoFile, listOutputFiles } from './outputs.js';

describe('output files', () => {
  it('of the recorded run is one video', () => {
    expect(listOutputFiles(success.history.outputs)).toMatchObject([
      {
        nodeId: '76',
        key: 'gifs',
        index: 0,
        filename: 'i2v_00002.mp4',
        subfolder: 'wan2.2',
        type: 'output',
        format: 'video/h264-mp4',
        frameRate: 16,
      },
    ]);
  });

  it('are all items with a filename under any key, and nothing else', () => {
    const files = listOutputFiles({
      '1': {
        images: [{ filename: 'a.png', subfolder: 'x\\y', type: 'temp' }],
        animated: [true],
        text: ['hello'],
      },
      '2': { '3d': [{ filename: 'm.glb' }, { filename: '' }, null], result: ['path', null] },
      '3': null,
    });
    expect(files).toMatchObject([
      { nodeId: '1', key: 'images', subfolder: 'x/y', type: 'temp' },
      { nodeId: '2', key: '3d', filename: 'm.glb', subfolder: '', type: 'output' },
    ]);
    expect(files).toHaveLength(2);
  });

  it.each([
    ['a.mp4', 'mp4', true],
    ['b.WEBM', 'webm', true],
    ['c.webp', 'webp', false],
    ['d.tar.gz', 'gz', false],
    ['noextension', undefined, false],
  ])('%s has the container %s', (filename, format, video) => {
    expect(containerFormat(filename)).toBe(format);
    expect(isVideoFile(filename)).toBe(video);
  });
});
