import { expect, it } from 'vitest';
import { phasesOf } from './attempt-phases.js';

const at = (seconds: number): Date => new Date(seconds * 1000);
const told = (phases: ReturnType<typeof phasesOf>): string[] =>
  phases.map(({ name, from, to }) => `${name} ${from.getTime() / 1000}–${to.getTime() / 1000}`);

it('an attempt has a phase from each of its times to the next, and then it is settled', () => {
  const times = { createdAt: at(1), acceptedAt: at(2), runningAt: at(4), collectingAt: at(8) };
  expect(told(phasesOf(times, at(16), at(32)))).toEqual([
    'send 1–2',
    'start 2–4',
    'run 4–8',
    'collect 8–16',
    'settle 16–32',
  ]);
});

it('phases that an attempt never came to are left out', () => {
  const lost = { createdAt: at(1), acceptedAt: null, runningAt: at(4), collectingAt: null };
  expect(told(phasesOf(lost, at(16), at(32)))).toEqual(['send 1–4', 'run 4–16', 'settle 16–32']);
  const unsent = { createdAt: at(1), acceptedAt: null, runningAt: null, collectingAt: null };
  expect(told(phasesOf(unsent, at(2), at(3)))).toEqual(['send 1–2', 'settle 2–3']);
});
