/** Ends an attempt in the record, tells everybody, and lets the node's health learn from it. */
import { Inject, Injectable } from '@nestjs/common';
import { isContentRefused, Notifications } from '../../../platform/database/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { traceIdOf } from '../../../platform/tracing/index.js';
import type { Settled } from '../../comfyui/index.js';
import {
  ageMsOf,
  type AttemptHistory,
  type AttemptOutcome,
  AttemptsStore,
  dispositionOf,
  type Disposition,
  JobEvents,
  type JobState,
  type LateAttempt,
  JobTraces,
  type NewOutput,
  type OpenAttempt,
  ordersChannel,
  type Superfluous,
  schedulerChannel,
} from '../../jobs/index.js';
import type { NodeMonitor } from '../../nodes/index.js';
import { runMsOf } from '../domain/run-time.js';
import { close, dependencyGone, stalePlacement } from '../domain/attempt/step.js';
import { bareOf, type Conclusion, keptOf, runOf } from './conclusion.js';
import { DispatchMetrics } from '../dispatch.metrics.js';
import { RunMetrics } from '../run/run.metrics.js';

@Injectable()
export class Settler {
  private readonly wakers = new Set<() => void>();

  constructor(
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(DispatchMetrics) private readonly metrics: DispatchMetrics,
    @Inject(RunMetrics) private readonly runs: RunMetrics,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onSlotFreed(wake: () => void): void {
    this.wakers.add(wake);
  }

  /** A node may take the next prompt: this replica's leader hears it at once, another one by notification. */
  runEnded(attempt: OpenAttempt, settled: Settled): void {
    this.runs.ended(attempt, settled);
    this.wakeScheduler();
  }

  /** The open attempts of this replica, as it sees them now. */
  follow(attempts: readonly OpenAttempt[]): void {
    this.runs.follow(attempts, Date.now());
  }

  private wakeScheduler(): void {
    for (const wake of this.wakers) wake();
    this.notifications.notifyCoalesced(schedulerChannel);
  }

  /** The job's new state, or null when the attempt had moved and nothing was written. `monitor` is absent when its node is no longer known. */
  async settle(
    attempt: OpenAttempt,
    conclusion: Conclusion,
    monitor: NodeMonitor | undefined,
  ): Promise<JobState | null> {
    const settlingFrom = new Date();
    try {
      return await this.settleAs(attempt, conclusion, monitor, settlingFrom);
    } catch (error) {
      if (!isContentRefused(error)) throw error;
      // Told again it would be refused again, for ever, and the attempt would hold its job, perhaps its slot.
      this.log.error(
        { err: error, job: attempt.jobId, node: attempt.nodeId, promptId: attempt.promptId },
        'the record refuses what a node told; the attempt ends without it',
      );
      return this.settleAs(attempt, bareOf(conclusion, attempt), monitor, settlingFrom);
    }
  }

  private async settleAs(
    attempt: OpenAttempt,
    conclusion: Conclusion,
    monitor: NodeMonitor | undefined,
    settlingFrom: Date,
  ): Promise<JobState | null> {
    const disposition = await this.disposition(attempt, conclusion, monitor);
    const state = await this.attempts.settle(attempt, { ...keptOf(conclusion, attempt), disposition });
    if (state === null) return null;
    faults.hit('attempt.settle.after_commit');
    this.learn(attempt, conclusion, monitor);
    if (conclusion.rerunMakesAnew && disposition.kind === 'retry' && monitor)
      this.freeMemoryOf(monitor, { unloadModels: false, freeMemory: true });
    this.report(attempt, conclusion, state);
    this.traces.closed(attempt, conclusion.outcome, state, settlingFrom);
    await this.tell(attempt, state);
    this.wakeScheduler();
    return state;
  }

  /** Ends the job with the success of an attempt that was given up; false when there was nothing to end any more. */
  async adoptLate(
    attempt: LateAttempt,
    { settled, outputs }: { settled: Settled; outputs: NewOutput[] },
    monitor: NodeMonitor,
  ): Promise<boolean> {
    const conclusion = { ...close('ok', ''), outputs, settled };
    const message = `attempt ${attempt.promptId} on ${attempt.nodeId} succeeded after it was given up`;
    const replaced = await this.attempts.adoptLate(attempt, {
      outputs,
      run: runOf(settled, attempt, 'ok'),
      runMs: runMsOf(settled, ageMsOf(attempt)),
      reason: { code: 'late_success', message },
    });
    if (!replaced) return false;
    faults.hit('attempt.late.after_commit');
    this.learn(attempt, conclusion, monitor);
    this.metrics.jobMoved('succeeded', attempt);
    this.log.warn(
      {
        job: attempt.jobId,
        promptId: attempt.promptId,
        node: attempt.nodeId,
        superfluous: replaced.superfluous,
      },
      'job succeeded with a run that had been given up',
    );
    await this.tell(attempt, 'succeeded');
    if (replaced.superfluous) await this.dismiss(replaced.superfluous, attempt);
    return true;
  }

  /** Whoever follows the attempt that a late success made superfluous stops doing so; its prompt becomes the reaper's. */
  private async dismiss({ owner, outcome }: Superfluous, { workflow }: LateAttempt): Promise<void> {
    this.metrics.attemptClosed(outcome, workflow);
    await this.notifications.notify(ordersChannel, owner);
    this.wakeScheduler();
  }

  private async tell({ jobId, nodeId }: OpenAttempt, state: JobState): Promise<void> {
    await this.events.publish({ type: 'state', jobId, state, started: false, nodeId });
  }

  private async disposition(
    attempt: OpenAttempt,
    { outcome, code, rerunMakesAnew = false }: Conclusion,
    monitor: NodeMonitor | undefined,
  ): Promise<Disposition> {
    const history = outcome === 'ok' ? noHistory : await this.attempts.historyOf(attempt.jobId);
    const isRunLost = outcome === 'node_lost' && attempt.runningAt !== null;
    return dispositionOf(outcome, {
      attemptsJob: attempt.attemptsJob,
      attemptsInfra: attempt.attemptsInfra,
      isRunLost,
      runsLost: history.runsLost,
      nodesLostWhileRunning: countWith(history.nodesLostWhileRunning, isRunLost, attempt.nodeId),
      nodesMissingDependency: countWith(
        history.nodesMissingDependency,
        outcome === 'missing_dep' && code !== dependencyGone,
        attempt.nodeId,
      ),
      nodeSuspect:
        monitor === undefined || monitor.breaker.state !== 'closed' || monitor.health.state.name !== 'ready',
      cancelRequested: attempt.cancelRequested,
      timeouts: history.timeouts,
      rerunMakesAnew,
      withdrawRequested: attempt.withdrawRequested || code === stalePlacement,
      dependencyGone: code === dependencyGone,
      othersAway: attempt.othersAway,
    });
  }

  private learn(
    attempt: OpenAttempt,
    { outcome, code, message, settled }: Conclusion,
    monitor: NodeMonitor | undefined,
  ): void {
    if (!monitor) return;
    if (outcome === 'ok') {
      monitor.noteSuccess();
      this.tellTime(attempt, settled);
    } else if (outcome === 'node_fault') monitor.noteFault(isSticky(message));
    else if (infraFaults.has(outcome)) monitor.noteFault(false);
    else monitor.noteInconclusive(attempt.promptId);
    if (outcome === 'missing_dep') monitor.note({ kind: 'contradicted' });
    if (outcome === 'oom') this.freeMemoryOf(monitor);
    if (outcome === 'node_lost' && code !== 'unreachable') monitor.noteRestart();
  }

  private tellTime(attempt: OpenAttempt, settled: Settled | undefined): void {
    const runMs = settled ? runMsOf(settled, ageMsOf(attempt)) : null;
    if (runMs !== null) this.runs.ran(runMs, attempt.expectedMs, attempt.workflow);
  }

  /** ComfyUI unloads its models after running out of memory, but keeps cached results; the next prompt gets all the room. Of `freeMemory` alone it forgets the results and keeps the models. */
  private freeMemoryOf(
    monitor: NodeMonitor,
    what: { unloadModels?: boolean; freeMemory?: boolean } = {},
  ): void {
    monitor.client
      .free(what)
      .catch((error: unknown) =>
        this.log.debug({ err: error, node: monitor.settings.id }, 'a node could not be asked to free memory'),
      );
  }

  private report(attempt: OpenAttempt, { outcome, code, message }: Conclusion, state: JobState): void {
    this.metrics.attemptClosed(outcome, attempt.workflow);
    // By the database's clock, as what is kept of its beginning.
    this.runs.closed(attempt, outcome, attempt.createdAt.getTime() + ageMsOf(attempt));
    this.metrics.jobMoved(state, attempt);
    const entry = {
      job: attempt.jobId,
      promptId: attempt.promptId,
      node: attempt.nodeId,
      outcome,
      code,
      state,
      traceId: traceIdOf(attempt.traceparent) ?? undefined,
    };
    if (outcome === 'ok') this.log.info(entry, 'job succeeded');
    else if (outcome === 'withdrawn') this.log.info({ ...entry, reason: message }, 'prompt taken back');
    // An execution error may quote the prompt: its text stays in the record.
    else
      this.log.warn(
        outcome === 'job_error' || outcome === 'invalid' || outcome === 'bad_output'
          ? entry
          : { ...entry, reason: message },
        'attempt ended',
      );
  }
}

/** What comes after a success depends on nothing before it. */
const noHistory: AttemptHistory = {
  runsLost: 0,
  nodesLostWhileRunning: [],
  nodesMissingDependency: [],
  timeouts: 0,
};

const infraFaults = new Set<AttemptOutcome>([
  'not_sent',
  'not_arrived',
  'node_lost',
  'collect_error',
  'timeout',
]);

const countWith = (nodes: string[], addOne: boolean, nodeId: string): number =>
  new Set(addOne ? [...nodes, nodeId] : nodes).size;

/** After these a CUDA context fails every later prompt within milliseconds, until the process is restarted. */
const isSticky = (message: string): boolean =>
  /illegal memory access|device-side assert|unspecified launch failure|GPU is lost|fallen off the bus/i.test(
    message,
  );
