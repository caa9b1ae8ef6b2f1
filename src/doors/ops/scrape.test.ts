/** What a scrape holds is bounded: by the nodes there are, and not by what callers make up. */
import { expect, it } from 'vitest';
import { nodeCount, scene } from '../../../test/support/scrape-scene.js';

const seriesIn = (text: string): number => text.split('\n').filter((line) => /^[a-z]/.test(line)).length;

it('two thousand nodes are at most 5 MB', async () => {
  const { registry } = scene([null, 'workflow-1']);
  const text = await registry.metrics();
  expect(seriesIn(text)).toBeGreaterThan(nodeCount * 20);
  expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
});

it('names that callers make up add no series', async () => {
  const catalogued = Array.from({ length: 300 }, (_, index) => `workflow-${index}`);
  const hostile = Array.from({ length: 5_000 }, (_, index) => `evil"}\n${index} ${'x'.repeat(100)}`);
  const before = seriesIn(await scene([null, 'other', ...catalogued], 1).registry.metrics());
  const text = await scene([null, ...catalogued, ...hostile], 1).registry.metrics();
  expect(text).not.toContain('evil');
  expect(text).toContain('comfymux_attempts_total{outcome="ok",workflow="other"} 5200');
  expect(seriesIn(text)).toBe(before);
  expect(seriesIn(text)).toBeLessThan(7_000);
});

it('a node that left the registry leaves no series behind', async () => {
  const { registry, monitors } = scene([null], 3);
  const [gone] = monitors.keys();
  expect(await registry.metrics()).toContain(String(gone));
  monitors.delete(String(gone));
  expect(await registry.metrics()).not.toContain(String(gone));
});
