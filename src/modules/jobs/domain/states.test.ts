import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attemptMoves, attemptOutcomes, jobMoves } from './states.js';

const document = readFileSync(new URL('../../../../docs/job-lifecycle.md', import.meta.url), 'utf8');

/** First cells of the table under a heading. */
function firstColumn(heading: string): string[] {
  const section = document.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) => row.split('|')[1]?.trim() ?? '');
}

const arrows = (moves: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`));

describe('docs/job-lifecycle.md', () => {
  it('has exactly the moves of jobs', () => {
    expect(firstColumn('Jobs').toSorted()).toEqual(arrows(jobMoves).toSorted());
  });

  it('has exactly the moves of attempts', () => {
    expect(firstColumn('Attempts').toSorted()).toEqual(arrows(attemptMoves).toSorted());
  });

  it('has exactly the outcomes', () => {
    expect(firstColumn('Outcomes').toSorted()).toEqual([...attemptOutcomes].toSorted());
  });
});
