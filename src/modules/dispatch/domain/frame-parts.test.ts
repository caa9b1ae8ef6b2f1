import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FrameAssembly,
  frameBytesMax,
  isPicture,
  type NamedFrame,
  partsOf,
  pictureBytesMax,
} from './frame-parts.js';

const named = { jobId: crypto.randomUUID(), attemptId: crypto.randomUUID(), nodeId: 'n'.repeat(100) };
function frameOf(lengthBytes: number): NamedFrame {
  const frame = Buffer.alloc(lengthBytes);
  for (let at = 0; at < lengthBytes; at += 1) frame[at] = (at * 31 + (at >> 8)) % 256;
  return { ...named, frame };
}

/** Texts are compared at once, buffers byte by byte. */
const comparable = (frames: NamedFrame[]) =>
  frames.map(({ frame, ...rest }) => ({ ...rest, frame: frame.toString('base64') }));

describe('frames in parts', () => {
  it('come together as they were, each part small enough for a notification', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { minLength: 1, maxLength: 4 }), (lengths) => {
        const assembly = new FrameAssembly();
        const frames = lengths.map(frameOf);
        const parts = frames.flatMap((frame, no) => partsOf(frame, no));
        for (const part of parts)
          expect(JSON.stringify({ from: named.jobId, part }).length).toBeLessThan(7_950);
        expect(comparable(parts.flatMap((part) => assembly.add(part) ?? []))).toEqual(comparable(frames));
      }),
    );
  });

  it('a frame that lost a part is left out, and the next one is whole', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const assembly = new FrameAssembly();
        const [broken, whole] = [frameOf(20_000), frameOf(12_000)];
        const parts = partsOf(broken, 1);
        parts.splice(seed % parts.length, 1);
        const together = [...parts, ...partsOf(whole, 2)].flatMap((part) => assembly.add(part) ?? []);
        expect(comparable(together)).toEqual(comparable([whole]));
      }),
    );
  });

  it('a picture is told from a preview by what it is, and may be larger', () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(isPicture(Buffer.concat([Buffer.alloc(8), png]))).toBe(true);
    expect(isPicture(Buffer.concat([Buffer.alloc(8), Buffer.from('{"image_type": "image/png"}'), png]))).toBe(
      true,
    );
    expect(isPicture(Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xd8]))).toBe(false);
    expect(partsOf(frameOf(frameBytesMax + 1), 1, pictureBytesMax).length).toBeGreaterThan(1);
  });

  it('a frame that is too large is not sent', () => {
    expect(partsOf(frameOf(frameBytesMax + 1), 1)).toEqual([]);
  });
});
