import { expect, it } from 'vitest';
import { inPages } from './in-pages.js';

async function told(left: number): Promise<number[]> {
  const counts: number[] = [];
  const work = async (page: number): Promise<number> => {
    const done = Math.min(page, left);
    left -= done;
    return done;
  };
  for await (const done of inPages(5, work)) counts.push(done);
  return counts;
}

it('goes on until a page is not full', async () => {
  expect(await told(12)).toEqual([5, 5, 2]);
  expect(await told(10)).toEqual([5, 5, 0]);
  expect(await told(0)).toEqual([0]);
});
