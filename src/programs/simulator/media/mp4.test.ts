import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { media } from './media-pool.js';
import { appendText, growTo } from './mp4-padding.js';
import { solidPicture, videoSize } from './picture.js';

const folder = mkdtempSync(path.join(tmpdir(), 'comfymux-mp4-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const parents = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** Every box of the file, parents before children. */
function boxesOf(bytes: Buffer, from = 0, to = bytes.length): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const end = at + bytes.readUInt32BE(at);
    boxes.push({ type, start: at + 8, end });
    if (parents.has(type)) boxes.push(...boxesOf(bytes, at + 8, end));
    at = end;
  }
  return boxes;
}

function framesAndRate(bytes: Buffer): { frames: number; samples: number; rate: number } {
  const start = (type: string): number =>
    boxesOf(bytes).find((box) => box.type === type)?.start ?? Number.NaN;
  const [stts, stsz, mdhd] = [start('stts'), start('stsz'), start('mdhd')];
  let [frames, ticks] = [0, 0];
  for (let entry = 0; entry < bytes.readUInt32BE(stts + 4); entry += 1) {
    const count = bytes.readUInt32BE(stts + 8 + entry * 8);
    frames += count;
    ticks += count * bytes.readUInt32BE(stts + 12 + entry * 8);
  }
  return {
    frames,
    samples: bytes.readUInt32BE(stsz + 8),
    rate: (frames * bytes.readUInt32BE(mdhd + 12)) / ticks,
  };
}

async function encode(frames: number, frameRate: number): Promise<string> {
  const picture = solidPicture(640, 360, [255, 0, 0]);
  const file = path.join(folder, `${frames}-${frameRate}.mp4`);
  await media.run('writeMp4', { ...picture, ...videoSize(picture), path: file, frames, frameRate });
  return file;
}

describe('a produced video', () => {
  it.each([
    [1, 8],
    [17, 16],
    [81, 16],
    [24, 60],
  ])('has exactly the asked %i frames at %i a second', async (frames, frameRate) => {
    const bytes = readFileSync(await encode(frames, frameRate));
    const { rate, ...counts } = framesAndRate(bytes);
    expect(counts).toEqual({ frames, samples: frames });
    expect(rate).toBeCloseTo(frameRate, 1);
  });

  it('keeps its tracks when text and padding are appended, and ends at the asked size', async () => {
    const file = await encode(5, 10);
    const before = readFileSync(file);
    await appendText(file, '{"prompt": {}}');
    await growTo(file, 300_000);
    const after = readFileSync(file);
    expect(after.subarray(0, before.length).equals(before)).toBe(true);
    expect(statSync(file).size).toBe(300_000);
    expect(
      boxesOf(after)
        .slice(-2)
        .map(({ type, end }) => [type, end]),
    ).toEqual([
      ['free', before.length + 22],
      ['free', 300_000],
    ]);
  });

  it('keeps the picture’s proportion with even sides of at most 320', () => {
    expect(videoSize(solidPicture(1280, 720, [0, 0, 0]))).toEqual({ width: 320, height: 180 });
    expect(videoSize(solidPicture(719, 1281, [0, 0, 0]))).toEqual({ width: 180, height: 320 });
  });
});
