/**
 * The record in memory: the same moves with the same guards as the statements in Postgres, each at once. It refuses a move
 * that the state tables do not know (I2, I7), a second open attempt of a job (I3) or a slot (I4), and a second success (I6).
 */
import { dispositionOf, type RetryFacts } from '../../src/modules/jobs/domain/retry.js';
import {
  attemptMoves,
  type AttemptOutcome,
  type AttemptState,
  isTerminal,
  jobMoves,
  type JobState,
  lateOutcomes,
  occupiesSlot,
} from '../../src/modules/jobs/domain/states.js';
import { must, type World } from './world.js';

export interface Job {
  readonly id: string;
  readonly effKey: number;
  readonly createdMs: number;
  readonly deadlineMs: number;
  state: JobState;
  notBeforeMs: number;
  attemptsJob: number;
  attemptsInfra: number;
  readonly avoid: Set<string>;
  cancelRequested: boolean;
}

export interface Attempt {
  readonly promptId: string;
  readonly jobId: string;
  readonly nodeId: string;
  readonly slot: number;
  owner: string;
  ver: number;
  state: AttemptState;
  sendDeadlineMs: number;
  runningAtMs: number | undefined;
  outcome: AttemptOutcome | undefined;
  outOfReach: boolean;
  withdrawRequested: boolean;
  /** Closed by the late success of an older attempt. */
  superseded: boolean;
  closedMs: number | undefined;
}

/** Where an attempt is to be made. */
export interface Place {
  readonly jobId: string;
  readonly nodeId: string;
  readonly slot: number;
}

export class Away extends Error {}

export class Store {
  readonly jobs = new Map<string, Job>();
  readonly attempts = new Map<string, Attempt>();
  readonly heartbeats = new Map<string, number>();
  readonly leader = { replica: '', term: 0, expiresMs: 0 };
  away = false;
  submitted = 0;
  /** Attempts made while another one held the node's other slot. */
  handedOver = 0;

  /** Without comparing versions, to show that the checks would notice. */
  constructor(
    private readonly world: World,
    private readonly comparesVersions: boolean,
  ) {}

  reach(): this {
    if (this.away) throw new Away();
    return this;
  }

  openOf(owner: string): Attempt[] {
    return this.open().filter((attempt) => attempt.owner === owner);
  }

  open(): Attempt[] {
    return [...this.attempts.values()].filter(({ closedMs }) => closedMs === undefined);
  }

  occupied(): Attempt[] {
    return this.open().filter(({ state }) => occupiesSlot(state));
  }

  place({ jobId, nodeId, slot }: Place, owner: string, term: number): void {
    const job = this.jobs.get(jobId)!;
    const there = this.occupied().filter((attempt) => attempt.nodeId === nodeId);
    const taken =
      there.some((attempt) => attempt.slot === slot) ||
      this.open().some((attempt) => attempt.jobId === jobId);
    if (job.state !== 'queued' || job.cancelRequested || this.leader.term !== term || taken) return;
    this.moveJob(job, 'active');
    if (there.length > 0) this.handedOver += 1;
    const no = 1 + [...this.attempts.values()].filter((attempt) => attempt.jobId === jobId).length;
    const promptId = `${jobId}#${no}`;
    this.attempts.set(promptId, {
      promptId,
      jobId,
      nodeId,
      slot,
      owner,
      ver: 0,
      state: 'intent',
      sendDeadlineMs: 0,
      runningAtMs: undefined,
      outcome: undefined,
      outOfReach: false,
      withdrawRequested: false,
      superseded: false,
      closedMs: undefined,
    });
    this.world.say(`placed ${promptId} on ${nodeId} for ${owner}`);
  }

  /** Outside the version; not what the record knows to run. */
  requestWithdrawal(promptId: string): void {
    const row = this.attempts.get(promptId)!;
    if (row.closedMs !== undefined || row.runningAtMs !== undefined) return;
    row.withdrawRequested = true;
    this.world.say(`${promptId} is wanted back`);
  }

  /** The attempt as it is now, or null when it moved since `seen`. */
  move(seen: Attempt, to: AttemptState, changes: Partial<Attempt> = {}): Attempt | null {
    const row = this.attempts.get(seen.promptId)!;
    if (
      this.comparesVersions &&
      (row.ver !== seen.ver || row.owner !== seen.owner || row.closedMs !== undefined)
    )
      return null;
    must(attemptMoves[row.state].includes(to), `I2: attempt ${row.promptId} ${row.state} → ${to}`);
    Object.assign(row, changes, { state: to, ver: row.ver + 1 });
    this.world.say(`${row.promptId} is ${to} v${row.ver}`);
    return { ...row };
  }

  takeOver(seen: Attempt, owner: string): void {
    const row = this.attempts.get(seen.promptId)!;
    if (row.ver === seen.ver && row.closedMs === undefined) Object.assign(row, { owner, ver: row.ver + 1 });
  }

  settle(seen: Attempt, outcome: AttemptOutcome, outOfReach = false): void {
    const job = this.jobs.get(seen.jobId)!;
    const disposition = dispositionOf(outcome, this.factsOf(seen, outcome, job));
    const closed = this.move(seen, 'closed', { outcome, outOfReach, closedMs: this.world.nowMs });
    if (!closed) return;
    this.world.say(`${closed.promptId} closed: ${outcome}, then ${disposition.kind}`);
    switch (disposition.kind) {
      case 'succeed':
        return this.moveJob(job, 'succeeded');
      case 'fail':
        return this.moveJob(job, 'failed');
      case 'cancel':
        return this.moveJob(job, job.deadlineMs <= this.world.nowMs ? 'expired' : 'cancelled');
      case 'retry':
        if (disposition.avoidNode) job.avoid.add(closed.nodeId);
        if (disposition.charge === 'job') job.attemptsJob += 1;
        if (disposition.charge === 'infra') job.attemptsInfra += 1;
        job.notBeforeMs = this.world.nowMs + disposition.delayMs;
        if (job.cancelRequested) return this.moveJob(job, 'cancelled');
        return this.moveJob(job, disposition.delayMs > 0 ? 'delayed' : 'queued');
    }
  }

  /** Given up on this node, and not because the node knew nothing of it; its job goes on. */
  mayBeLate(nodeId: string): Attempt[] {
    return [...this.attempts.values()].filter(
      ({ nodeId: at, jobId, outcome, outOfReach }) =>
        at === nodeId &&
        isOneOf(lateOutcomes, outcome) &&
        (outOfReach || outcome === 'not_arrived' || outcome === 'timeout') &&
        !isTerminal(this.jobs.get(jobId)!.state) &&
        !this.jobs.get(jobId)!.cancelRequested,
    );
  }

  /** The late success ends the job, and whatever attempt is open. */
  adoptLate(seen: Attempt): void {
    const row = this.attempts.get(seen.promptId)!;
    const job = this.jobs.get(row.jobId)!;
    if (row.ver !== seen.ver || isTerminal(job.state)) return;
    const newer = this.open().find(({ jobId }) => jobId === row.jobId);
    if (newer) {
      const outcome = newer.state === 'running' || newer.state === 'collecting' ? 'cancelled' : 'withdrawn';
      this.move({ ...newer }, 'closed', { outcome, superseded: true, closedMs: this.world.nowMs });
    }
    must(attemptMoves.closed.includes('closed'), 'I2: a closed attempt may succeed late');
    Object.assign(row, { outcome: 'ok', ver: row.ver + 1 });
    this.world.say(`${row.promptId} succeeded late`);
    this.moveJob(job, 'succeeded');
  }

  /** Attempts that the leader took back, which cost their jobs nothing. */
  takenBack(jobId?: string): Attempt[] {
    return [...this.attempts.values()].filter(
      (attempt) =>
        (jobId === undefined || attempt.jobId === jobId) &&
        attempt.outcome === 'withdrawn' &&
        attempt.withdrawRequested &&
        !attempt.superseded,
    );
  }

  promoteDue(): void {
    for (const job of this.jobs.values())
      if (job.state === 'delayed' && job.notBeforeMs <= this.world.nowMs) this.moveJob(job, 'queued');
  }

  expireOverdue(): void {
    for (const job of this.jobs.values()) {
      if (job.deadlineMs > this.world.nowMs || isTerminal(job.state) || job.cancelRequested) continue;
      job.cancelRequested = true;
      if (job.state !== 'active') this.moveJob(job, 'expired');
    }
  }

  cancel(job: Job): void {
    if (isTerminal(job.state)) return;
    job.cancelRequested = true;
    if (job.state !== 'active') this.moveJob(job, 'cancelled');
  }

  private moveJob(job: Job, to: JobState): void {
    must(jobMoves[job.state].includes(to), `I2: job ${job.id} ${job.state} → ${to}`);
    job.state = to;
  }

  private factsOf(
    { promptId, nodeId, jobId, runningAtMs }: Attempt,
    outcome: AttemptOutcome,
    job: Job,
  ): RetryFacts {
    const before = [...this.attempts.values()].filter(
      (other) => other.jobId === jobId && other.promptId !== promptId,
    );
    const nodesWith = (wanted: AttemptOutcome, counts: boolean, ran: (attempt: Attempt) => boolean): number =>
      new Set([
        ...before
          .filter((attempt) => attempt.outcome === wanted && ran(attempt))
          .map((attempt) => attempt.nodeId),
        ...(counts ? [nodeId] : []),
      ]).size;
    return {
      attemptsJob: job.attemptsJob,
      attemptsInfra: job.attemptsInfra,
      isRunLost: outcome === 'node_lost' && runningAtMs !== undefined,
      runsLost: before.filter((each) => each.outcome === 'node_lost' && each.runningAtMs !== undefined)
        .length,
      nodesLostWhileRunning: nodesWith(
        'node_lost',
        outcome === 'node_lost' && runningAtMs !== undefined,
        (attempt) => attempt.runningAtMs !== undefined,
      ),
      nodesMissingDependency: nodesWith('missing_dep', outcome === 'missing_dep', () => true),
      nodeSuspect: false,
      cancelRequested: job.cancelRequested,
      withdrawRequested: this.attempts.get(promptId)!.withdrawRequested,
      rerunMakesAnew: false,
      dependencyGone: false,
      othersAway: false,
      timeouts: before.filter((attempt) => attempt.outcome === 'timeout').length,
    };
  }
}

const isOneOf = (outcomes: readonly AttemptOutcome[], outcome: AttemptOutcome | undefined): boolean =>
  outcome !== undefined && outcomes.includes(outcome);
