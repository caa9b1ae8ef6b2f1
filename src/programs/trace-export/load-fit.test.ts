import { expect, it } from 'vitest';
import { LoadFit } from './load-fit.js';

const sizes: Record<string, number> = { unet: 12e9, other: 12e9, encoder: 6e9 };
const newFit = (): LoadFit => new LoadFit((model) => sizes[model]!);

it('tells a model that hardly loads from the one it came with, and a slow disk from a large model', () => {
  const fit = newFit();
  for (const [node, factor] of [
    ['fast', 1],
    ['slow', 2],
  ] as const) {
    fit.add(node, ['unet', 'encoder'], 5_000 * factor);
    for (let run = 0; run < 3; run += 1) fit.add(node, ['unet'], 5_000 * factor);
    fit.add(node, ['other'], 9_000 * factor);
  }
  const { loadMs, slowness } = fit.fit();
  expect(slowness.get('slow')! / slowness.get('fast')!).toBeCloseTo(2, 2);
  expect(loadMs.get('unet')! / 5_000).toBeCloseTo(1, 1);
  expect(loadMs.get('other')! / 9_000).toBeCloseTo(1, 2);
  expect(loadMs.get('encoder')).toBeLessThan(100);
});

it('shares by size what is only ever seen together', () => {
  const fit = newFit();
  fit.add('node', ['unet', 'encoder'], 18_000);
  const { loadMs } = fit.fit();
  expect([loadMs.get('unet'), loadMs.get('encoder')]).toEqual([
    expect.closeTo(12_000),
    expect.closeTo(6_000),
  ]);
});

it('nothing seen, or nothing but loads of no time, is no load', () => {
  expect(newFit().fit()).toEqual({ loadMs: new Map(), slowness: new Map() });
  const fit = newFit();
  fit.add('node', ['unet'], 0);
  expect(fit.fit().loadMs.get('unet')).toBe(0);
});
