import { defineConfig } from 'vitest/config';

/** Apart from the other tests, because it fetches some 60 MB of tools the first time. */
export default defineConfig({
  test: {
    include: ['test/helm/**/*.test.ts'],
    globalSetup: ['test/helm/tools.setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
