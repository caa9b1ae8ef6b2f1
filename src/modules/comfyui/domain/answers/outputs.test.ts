import { describe, expect, it } from 'vitest';

import success from '../fixtures/run-success.json' with { type: 'json' };
import { atOnce } from '../steps.js';
import { containerFormat, isVideoFile, listOutputsSteps } from './outputs.js';

const listOutputs = (outputs: Record<string, unknown>, filesMax: number) =>
  atOnce(listOutputsSteps(outputs, filesMax));

const filesOf = (outputs: Record<string, unknown>) => listOutputs(outputs, 100).files;

describe('output files', () => {
  it('of the recorded run is one video', () => {
    expect(filesOf(success.history.outputs)).toMatchObject([
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
    const files = filesOf({
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

  it('are found at any depth, where an object says in which folder its file is', () => {
    const file = { filename: 'deep.png', subfolder: '', type: 'output' };
    const named = filesOf({
      '1': {
        grid: [[file]],
        set: { a: { b: [{ ...file, filename: 'b.png', thumb: { ...file, filename: 't.png' } }] } },
      },
      '2': {
        images: [{ filename: 'c.png', source: { filename: 'a name only' } }],
        video: { filename: 'd.mp4' },
      },
    });
    expect(named.map(({ filename, key }) => [key, filename])).toEqual([
      ['grid', 'deep.png'],
      ['set', 'b.png'],
      ['set', 't.png'],
      ['images', 'c.png'],
      ['video', 'd.mp4'],
    ]);
  });

  it.each([
    ['mesh/x.glb', { filename: 'x.glb', subfolder: 'mesh', type: 'output' }],
    ['x.obj [temp]', { filename: 'x.obj', subfolder: '', type: 'temp' }],
    ['a\\b\\c.ply', { filename: 'c.ply', subfolder: 'a/b', type: 'output' }],
    ['temp/bg.png', { filename: 'bg.png', subfolder: '', type: 'temp' }],
  ])('of a 3D preview is the path %s', (path, file) => {
    expect(filesOf({ '5': { result: [path, { position: 1 }, null] } })).toMatchObject([
      { ...file, isGuess: true },
    ]);
  });

  it.each(['../x.glb', 'a/../x.glb', '/x.glb', 'C:/x.glb', 'https://x/y.glb', 'a caption', '', 'x.exe'])(
    'of a 3D preview are not %j',
    (path) => {
      expect(filesOf({ '5': { result: [path] } })).toEqual([]);
    },
  );

  it('are counted no further than asked, in time that grows with what was said', () => {
    const images = Array.from({ length: 200_000 }, (_, at) => ({ filename: `${at}.png` }));
    expect(listOutputs({ '1': { images } }, 1_000).files).toHaveLength(1_001);
    const nested = JSON.parse(
      `${'['.repeat(150)}{"filename":"x","subfolder":"","type":"output"}${']'.repeat(150)}`,
    ) as unknown;
    expect(filesOf({ '1': { nested } })).toEqual([]);
  });

  it('keep what a node says beside a name within a bound', () => {
    const [file] = filesOf({ '1': { images: [{ filename: 'a.png', blob: 'x'.repeat(1_000_000) }] } });
    expect(file?.raw).toEqual({ filename: 'a.png' });
  });

  it('that are texts are told with their key and place', () => {
    const { texts } = listOutputs(
      { '4': { text: ['a caption', 'another'], tags: { a: 1 }, result: ['x'], string: ['s'] } },
      10,
    );
    expect(texts).toEqual([
      { nodeId: '4', key: 'text', index: 0, text: 'a caption' },
      { nodeId: '4', key: 'text', index: 1, text: 'another' },
      { nodeId: '4', key: 'string', index: 0, text: 's' },
    ]);
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
