import { expect, it, vi } from 'vitest';
import { CrashPoints } from './index.js';

it.each([
  [undefined, 0],
  ['other.point', 0],
  ['a.point', 1],
  ['a.point:3', 1],
  ['a.point:4', 0],
])('armed at %s, three passes of a.point kill %i times', (armedAt, deaths) => {
  const die = vi.fn<() => void>();
  const points = new CrashPoints(armedAt, die);
  for (let pass = 0; pass < 3; pass += 1) points.hit('a.point');
  expect(die).toHaveBeenCalledTimes(deaths);
});
