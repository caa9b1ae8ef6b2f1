import { defineConfig } from 'vitest/config';

/** Against what never ends, on a machine ten times as slow as a quiet one: no test takes more than 20 s there but those that say so. */
const common = { testTimeout: 150_000, hookTimeout: 240_000 };

const measured = ['test/integration/robustness/{event-loop,node-answers/node-answers}.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          sequence: { groupOrder: 0 },
          // Its tests change nothing that another file reads, so that the files of a worker share what they import.
          isolate: false,
          include: [
            '{src,console/src}/**/*.test.ts',
            'test/{house,simulation,model,deploy,chaos}/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          ...common,
          // Needs no database: `npm run test:comfyui` holds a real ComfyUI against the same recordings.
          name: 'comfyui',
          sequence: { groupOrder: 1 },
          include: ['test/contract/comfyui/**/*.test.ts'],
        },
      },
      {
        test: {
          ...common,
          // They hold processor time against a bound: it grows with what runs beside them.
          name: 'measured',
          sequence: { groupOrder: 2 },
          include: measured,
          globalSetup: ['test/support/postgres.setup.ts'],
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...common,
          name: 'system',
          sequence: { groupOrder: 3 },
          include: ['test/{integration,contract,e2e}/**/*.test.ts'],
          exclude: ['test/contract/comfyui/**', ...measured],
          globalSetup: ['test/support/postgres.setup.ts'],
          // Its tests wait more than they compute: two of them leave half of two processors idle.
          maxWorkers: 3,
        },
      },
      {
        test: {
          ...common,
          name: 'storage',
          sequence: { groupOrder: 4 },
          include: ['test/storage/**/*.test.ts'],
          globalSetup: ['test/support/postgres.setup.ts', 'test/support/s3.setup.ts'],
          maxWorkers: 1,
        },
      },
    ],
  },
});
