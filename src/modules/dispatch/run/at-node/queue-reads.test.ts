import { expect, it } from 'vitest';
import type { QueueReading } from '../../../comfyui/index.js';
import { QueueReads } from './queue-reads.js';

function node() {
  const scene = { nowMs: 0, reads: 0, fails: false };
  const queue = async (): Promise<QueueReading> => {
    scene.reads += 1;
    if (scene.fails) throw new Error('away');
    return { running: [], pending: [{ number: scene.reads, promptId: '', clientId: undefined }] };
  };
  const reads = new QueueReads({ queue }, 1000, () => scene.nowMs);
  const read = async (sinceMs: number): Promise<number> => (await reads.read(sinceMs)).pending[0]!.number;
  return { scene, read };
}

it('is read once for those who ask together, and anew when it is old', async () => {
  const { scene, read } = node();
  scene.nowMs = 10;
  expect(await Promise.all([read(0), read(5)])).toEqual([1, 1]);
  scene.nowMs = 1009;
  expect(await read(9)).toBe(1);
  scene.nowMs = 1010;
  expect(await read(9)).toBe(2);
});

it('is read anew for whoever came after it began', async () => {
  const { scene, read } = node();
  scene.nowMs = 10;
  expect(await read(0)).toBe(1);
  expect(await read(10)).toBe(2);
});

it('keeps no failure', async () => {
  const { scene, read } = node();
  scene.nowMs = 10;
  scene.fails = true;
  await expect(read(0)).rejects.toThrow('away');
  scene.fails = false;
  expect(await read(0)).toBe(2);
});
