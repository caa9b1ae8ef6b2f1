/**
 * Whatever replicas write, in whatever order and however old what they know is, the record keeps its invariants. A failure prints
 * fast-check's seed and path; `fc.assert(…, { seed, path })` replays it.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  attemptMoves,
  attemptOutcomes,
  type AttemptOutcome,
  attemptStates,
  isTerminal,
  type JobState,
} from '../../src/modules/jobs/domain/states.js';
import { type Attempt, Store } from './store.js';
import { must, World } from './world.js';

const nodes = ['n1', 'n2', 'n3'];
const jobs = ['j1', 'j2', 'j3'];
/** Indexes are taken modulo what there is. */
const index = fc.nat(1000);

type Write = (record: History) => void;

/** The record, and everything that somebody has ever read of it. */
class History {
  readonly world = new World(1);
  readonly store: Store;
  private readonly seen: Attempt[] = [];
  private readonly ended = new Map<string, JobState>();

  constructor(comparesVersions: boolean) {
    this.store = new Store(this.world, comparesVersions);
  }

  submit(deadlineMs: number): void {
    const id = `j${this.store.jobs.size + 1}`;
    if (this.store.jobs.size >= jobs.length) return;
    this.store.submitted += 1;
    this.store.jobs.set(id, {
      id,
      effKey: 0,
      createdMs: this.world.nowMs,
      deadlineMs,
      state: 'queued',
      notBeforeMs: 0,
      attemptsJob: 0,
      attemptsInfra: 0,
      avoid: new Set(),
      cancelRequested: false,
    });
  }

  job(at: number) {
    return this.store.jobs.get(jobs[at % jobs.length]!);
  }

  /** Somebody looks at an attempt, and will write later what it decides now. */
  look(at: number): void {
    const attempts = [...this.store.attempts.values()];
    if (attempts.length > 0) this.seen.push({ ...attempts[at % attempts.length]! });
  }

  /** What somebody saw at some time, of an attempt as it was wanted. */
  old(at: number, wanted: (attempt: Attempt) => boolean): Attempt | undefined {
    const fitting = this.seen.filter(wanted);
    return fitting.length === 0 ? undefined : { ...fitting[at % fitting.length]! };
  }

  check(): void {
    const open = this.store.open();
    must(this.store.jobs.size === this.store.submitted, 'I1: what was submitted is there');
    must(new Set(open.map(({ jobId }) => jobId)).size === open.length, 'I3: one open attempt a job');
    const occupied = this.store.occupied().map(({ nodeId, slot }) => `${nodeId}/${slot}`);
    must(new Set(occupied).size === occupied.length, 'I4: one attempt a slot');
    for (const job of this.store.jobs.values()) this.checkJob(job.id, job.state, open);
  }

  private checkJob(jobId: string, state: JobState, open: Attempt[]): void {
    const attempts = [...this.store.attempts.values()].filter((attempt) => attempt.jobId === jobId);
    const { attemptsJob, attemptsInfra } = this.store.jobs.get(jobId)!;
    const isOpen = open.some((attempt) => attempt.jobId === jobId);
    must(isOpen === (state === 'active'), 'I2: active, and only then an open attempt');
    const free = this.store.takenBack(jobId).length;
    must(
      attempts.length <= 1 + attemptsJob + attemptsInfra + free,
      'I5: every try but the first is charged, or was taken back',
    );
    const oks = attempts.filter(({ outcome }) => outcome === 'ok').length;
    must(oks === (state === 'succeeded' ? 1 : 0), 'I6: success is recorded once');
    must((this.ended.get(jobId) ?? state) === state, 'I7: an end is never left');
    if (isTerminal(state)) this.ended.set(jobId, state);
  }
}

const outcomeOf = (at: number, from: Attempt): AttemptOutcome => {
  const lawful = attemptOutcomes.filter((outcome) => (outcome === 'ok') === (from.state === 'collecting'));
  return lawful[at % lawful.length]!;
};

const writes: fc.Arbitrary<Write> = fc.oneof(
  fc
    .option(fc.nat(60_000), { nil: Infinity })
    .map((deadlineMs) => (record: History) => record.submit(deadlineMs)),
  fc.tuple(index, index, fc.nat(1)).map(([at, node, slot]) => (record: History) => {
    const job = record.job(at);
    if (job) record.store.place({ jobId: job.id, nodeId: nodes[node % nodes.length]!, slot }, 'someone', 0);
  }),
  index.map((at) => (record: History) => {
    const seen = record.old(at, () => true);
    if (seen) record.store.requestWithdrawal(seen.promptId);
  }),
  { weight: 3, arbitrary: index.map((at) => (record: History) => record.look(at)) },
  {
    weight: 3,
    arbitrary: fc.tuple(index, fc.constantFrom(...attemptStates)).map(([at, to]) => (record: History) => {
      const seen = record.old(
        at,
        ({ state }) => state !== 'closed' && to !== 'closed' && attemptMoves[state].includes(to),
      );
      if (seen) record.store.move(seen, to, to === 'running' ? { runningAtMs: record.world.nowMs } : {});
    }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(index, index, fc.boolean()).map(([at, outcome, outOfReach]) => (record: History) => {
      const seen = record.old(at, ({ state }) => state !== 'closed');
      if (seen) record.store.settle(seen, outcomeOf(outcome, seen), outOfReach);
    }),
  },
  index.map((at) => (record: History) => {
    const seen = record.old(at, ({ state }) => state !== 'closed');
    if (seen) record.store.takeOver(seen, 'another');
  }),
  index.map((at) => (record: History) => {
    const late = nodes.flatMap((node) => record.store.mayBeLate(node));
    const seen =
      record.old(at, ({ promptId }) => late.some((attempt) => attempt.promptId === promptId)) ??
      late[at % Math.max(1, late.length)];
    if (seen) record.store.adoptLate({ ...seen });
  }),
  index.map((at) => (record: History) => {
    const job = record.job(at);
    if (job) record.store.cancel(job);
  }),
  fc.nat(20_000).map((passMs) => (record: History) => {
    record.world.nowMs += passMs;
    record.store.promoteDue();
    record.store.expireOverdue();
  }),
);

const holds = (comparesVersions: boolean, said: (line: string) => void = () => undefined) =>
  fc.property(fc.array(writes, { minLength: 20, maxLength: 80, size: 'max' }), (sequence) => {
    const record = new History(comparesVersions);
    record.submit(Infinity);
    for (const write of sequence) {
      write(record);
      record.check();
    }
    record.world.log.forEach(said);
  });

it('the record keeps I1 to I7, whatever is written on whatever was once read', () => {
  let late = 0;
  fc.assert(
    holds(true, (line) => (late += Number(line.endsWith('succeeded late')))),
    { numRuns: 10_000 },
  );
  expect(late).toBeGreaterThan(0);
});

it('and would not, if writes did not name the version that they were decided on', () => {
  expect(fc.check(holds(false), { numRuns: 10_000 }).failed).toBe(true);
});
