/** The workflow that files carry, as a real server wrote them, and what is no such file. */
import { readdirSync, readFileSync } from 'node:fs';
import { deflateSync, inflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, readCarriedWorkflow } from '../../../../src/modules/comfyui/index.js';

const folder = new URL('./recordings/media/', import.meta.url);
const files = readdirSync(folder);
const bytesOf = (name: string) => readFileSync(new URL(name, folder));

function inflate(bytes: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength });
  } catch {
    return undefined;
  }
}

const read = (bytes: Buffer) => readCarriedWorkflow(bytes, { inflate });
const withoutAny = new Set(['vhs-gif.gif', 'vhs-webp.webp']);

describe('files that a real server wrote', () => {
  it.each(files.filter((name) => !withoutAny.has(name)))('%s gives its workflow back', (name) => {
    const carried = read(bytesOf(name));
    const nodes = Object.values(carried?.prompt ?? {}) as unknown[];
    expect(nodes.every((node) => isJsonObject(node) && typeof node.class_type === 'string')).toBe(true);
    expect(nodes.length).toBeGreaterThan(0);
    expect(isJsonObject(carried?.workflow) && Array.isArray(carried.workflow.nodes)).toBe(true);
  });

  it('says when a file has none, or is of a kind that has none', () => {
    expect(read(bytesOf('vhs-webp.webp'))).toEqual({});
    expect(read(bytesOf('vhs-gif.gif'))).toBeUndefined();
    expect(read(Buffer.from('{"nodes":[]}'))).toBeUndefined();
    expect(read(Buffer.alloc(0))).toBeUndefined();
  });
});

describe('files that lie', () => {
  it('cut anywhere, or with any byte changed, end in an answer', () => {
    const all = files.map(bytesOf);
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.nat(), changes, (original, cut, changed) => {
        const bytes = Buffer.from(original.subarray(0, 1 + (cut % original.length)));
        for (const [at, value] of changed) bytes[at % Math.min(bytes.length, 400)] = value;
        expect(() => read(bytes)).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });

  it('with a text that unpacks to far more than it is, gives none', () => {
    const bomb = Buffer.concat([bytesOf('save-image.png').subarray(0, 8), bombChunk()]);
    expect(read(bomb)).toEqual({});
  });
});

function bombChunk(): Buffer {
  const data = Buffer.concat([
    Buffer.from('workflow\0\u0001\0\0\0', 'latin1'),
    deflateSync(Buffer.alloc(64 * 1024 * 1024, 0x20)),
  ]);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write('iTXt', 4, 'latin1');
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}
