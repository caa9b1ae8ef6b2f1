/** The pages that people read about states and outcomes say what the tables of this folder say. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dispositionOf, type RetryFacts } from './retry.js';
import { attemptMoves, type AttemptOutcome, attemptOutcomes, jobMoves } from './states.js';

/** Rows of the table under a heading, as cells. */
function rowsOf(page: string, heading: string): string[][] {
  const document = readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
  const section = document.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const column = (rows: string[][], index: number): string[] => rows.map((row) => row[index] ?? '');
const arrows = (moves: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`));

/** How often a job may be tried again whose attempts all end this way, each on a node under suspicion that it had not met. */
function retries(outcome: AttemptOutcome, whileRunning: boolean): { more: number; charge: string } {
  let known: RetryFacts = {
    attemptsJob: 0,
    attemptsInfra: 0,
    isRunLost: whileRunning,
    runsLost: 0,
    nodesLostWhileRunning: 0,
    nodesMissingDependency: 0,
    nodeSuspect: true,
    cancelRequested: false,
    timeouts: 0,
    withdrawRequested: false,
    rerunMakesAnew: true,
    dependencyGone: false,
    othersAway: false,
  };
  let charge = '–';
  for (let more = 0; ; more += 1) {
    known = {
      ...known,
      runsLost: whileRunning ? more : 0,
      nodesMissingDependency: more + 1,
      timeouts: more,
    };
    const disposition = dispositionOf(outcome, known);
    if (disposition.kind !== 'retry') return { more, charge };
    charge = disposition.charge;
    if (charge === 'job') known = { ...known, attemptsJob: known.attemptsJob + 1 };
    else known = { ...known, attemptsInfra: known.attemptsInfra + 1 };
  }
}

function triesOf(outcome: AttemptOutcome): string {
  const [waiting, running] = [retries(outcome, false).more, retries(outcome, true).more];
  return waiting === running ? String(waiting) : `${waiting}, while it ran ${running}`;
}

describe('docs/job-lifecycle.md', () => {
  it('has exactly the moves of jobs', () => {
    const moves = column(rowsOf('job-lifecycle.md', 'Jobs'), 0);
    expect(moves.toSorted()).toEqual(arrows(jobMoves).toSorted());
  });

  it('has exactly the moves of attempts', () => {
    const moves = column(rowsOf('job-lifecycle.md', 'Attempts'), 0);
    expect(moves.toSorted()).toEqual(arrows(attemptMoves).toSorted());
  });

  it('draws every state', () => {
    const page = readFileSync(new URL('../../../../docs/job-lifecycle.md', import.meta.url), 'utf8');
    const drawing = page.split('```')[1] ?? '';
    for (const state of [...Object.keys(jobMoves), ...Object.keys(attemptMoves)])
      expect(drawing).toContain(state);
  });

  it('has exactly the outcomes, whom each is charged to, and how often it lets a job be tried again', () => {
    const told = rowsOf('job-lifecycle.md', 'Outcomes').map(([outcome, , charge, more]) => [
      outcome,
      { charge, more },
    ]);
    const decided = attemptOutcomes.map((outcome) => [
      outcome,
      { charge: retries(outcome, false).charge, more: triesOf(outcome) },
    ]);
    expect(told).toHaveLength(attemptOutcomes.length);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(decided));
  });
});

describe('docs/operations.md', () => {
  it('tells what fails behind every outcome, and of no other', () => {
    const told = column(rowsOf('operations.md', 'What fails'), 3).flatMap((cell) =>
      cell.split(', ').filter(Boolean),
    );
    const failures = attemptOutcomes.filter((outcome) => outcome !== 'cancelled');
    expect([...new Set(told)].toSorted()).toEqual(failures.toSorted());
  });
});
