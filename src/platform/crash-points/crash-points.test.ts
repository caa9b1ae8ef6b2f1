import { expect, it, vi } from 'vitest';
import { CrashPoints } from './index.js';

it.each([
  [undefined, 0],
  ['attempt.late.after_commit', 0],
  ['job.submit.before_commit', 1],
  ['job.submit.before_commit:3', 1],
  ['job.submit.before_commit:4', 0],
])('armed at %s, three passes of one point kill %i times', (armedAt, deaths) => {
  const die = vi.fn<() => void>();
  const points = new CrashPoints(armedAt, die);
  for (let pass = 0; pass < 3; pass += 1) points.hit('job.submit.before_commit');
  expect(die).toHaveBeenCalledTimes(deaths);
});
