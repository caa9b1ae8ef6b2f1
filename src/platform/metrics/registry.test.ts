import { expect, it } from 'vitest';
import { createRegistry } from './index.js';

it('a registry holds the metrics of Node under our prefix only', async () => {
  const names = (await createRegistry().getMetricsAsJSON()).map(({ name }) => name);
  expect(names).toContain('comfymux_process_resident_memory_bytes');
  expect(names.filter((name) => !name.startsWith('comfymux_'))).toEqual([]);
});
