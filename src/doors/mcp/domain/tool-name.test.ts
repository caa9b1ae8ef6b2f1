import { expect, it } from 'vitest';
import { toolNames } from './tool-name.js';

it('makes names that every assistant takes, each once', () => {
  const long = 'w'.repeat(100);
  const names = toolNames(['wan2.2_i2v', 'wan2_2_i2v', 'job_status', long, `${long}x`], ['job_status']);
  expect([...names]).toEqual([
    ['wan2_2_i2v', 'wan2.2_i2v'],
    ['wan2_2_i2v_2', 'wan2_2_i2v'],
    ['job_status_2', 'job_status'],
    ['w'.repeat(64), long],
    [`${'w'.repeat(59)}_2`, `${long}x`],
  ]);
  for (const name of names.keys()) expect(name).toMatch(/^[\w-]{1,64}$/);
});
