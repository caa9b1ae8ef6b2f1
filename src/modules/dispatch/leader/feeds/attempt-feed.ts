/**
 * Open attempts as events for the scheduler, whichever replica follows them: the record read each turn tells which are there
 * and how the others ended; notifications tell progress sooner.
 */
import type {
  AttemptEnd,
  AttemptOutcome as Outcome,
  AttemptsStore,
  JobEvent,
  OpenSlot,
  Placement,
} from '../../../jobs/index.js';
import type { AttemptOutcome, QueuedJob, SchedulingEvent } from '../../../scheduling/index.js';

interface Known {
  promptId: string;
  jobId: string;
  nodeId: string;
  slot: number;
  started: boolean;
}

export interface AttemptReading {
  opened: OpenSlot[];
  ended: { known: Known; end: AttemptEnd | undefined }[];
  started: (Known & { runningForMs: number })[];
  /** Runs per node whose files are being fetched. */
  collecting: Map<string, number>;
}

export class AttemptFeed {
  private readonly byPrompt = new Map<string, Known>();
  private readonly byJob = new Map<string, Known>();

  constructor(private readonly store: AttemptsStore) {}

  async read(): Promise<AttemptReading> {
    const slots = await this.store.openSlots();
    const held = new Map(slots.flatMap((slot) => (slot.collecting ? [] : [[slot.promptId, slot]])));
    const over = [...this.byPrompt.values()].filter(({ promptId }) => !held.has(promptId));
    const ends = over.length === 0 ? [] : await this.store.endsOf(over.map(({ promptId }) => promptId));
    const endOf = new Map(ends.map((end) => [end.promptId, end]));
    const collecting = new Map<string, number>();
    for (const slot of slots)
      if (slot.collecting) collecting.set(slot.nodeId, (collecting.get(slot.nodeId) ?? 0) + 1);
    return {
      opened: [...held.values()].filter(({ promptId }) => !this.byPrompt.has(promptId)),
      ended: over.map((known) => ({ known, end: endOf.get(known.promptId) })),
      started: [...this.byPrompt.values()].flatMap((known) => {
        const runningForMs = held.get(known.promptId)?.runningForMs ?? null;
        return known.started || runningForMs === null ? [] : [{ ...known, runningForMs }];
      }),
      collecting,
    };
  }

  /** `jobs`: those of the opened attempts. */
  events(
    { opened, ended, started }: AttemptReading,
    jobs: ReadonlyMap<string, QueuedJob>,
    nowMs: number,
  ): SchedulingEvent[] {
    return [
      ...ended.map(({ known, end }) => this.ended(known, end, nowMs)),
      ...opened.map((slot) => this.opened(slot, jobs.get(slot.jobId), nowMs)),
      ...started.map(({ promptId, nodeId, jobId }): SchedulingEvent => {
        this.byPrompt.get(promptId)!.started = true;
        return { kind: 'attempt-started', nowMs, nodeId, jobId };
      }),
    ];
  }

  /** What a notification tells before the record is read again; undefined: nothing about an attempt that is known here. */
  heard(event: JobEvent, nowMs: number): SchedulingEvent | undefined {
    const known = this.byJob.get(event.jobId);
    if (!known || known.nodeId !== event.nodeId) return undefined;
    const { nodeId, jobId } = known;
    if (event.type === 'progress')
      return (
        event.steps && {
          kind: 'progress',
          nowMs,
          nodeId,
          jobId,
          step: event.steps.done,
          steps: event.steps.all,
        }
      );
    if (!event.started || known.started) return undefined;
    known.started = true;
    return { kind: 'attempt-started', nowMs, nodeId, jobId };
  }

  placed(placement: Pick<Placement, 'promptId' | 'jobId' | 'nodeId' | 'slot'>): void {
    const { promptId, jobId, nodeId, slot } = placement;
    this.keep({ promptId, jobId, nodeId, slot, started: false });
  }

  /** It could not be placed. */
  forget(promptId: string): void {
    const known = this.byPrompt.get(promptId);
    this.byPrompt.delete(promptId);
    if (known) this.byJob.delete(known.jobId);
  }

  /** The place on the node that no attempt has; 0 when both are taken, which the record will refuse. */
  freeSlotOn(nodeId: string): number {
    const taken = [...this.byPrompt.values()].some((known) => known.nodeId === nodeId && known.slot === 0);
    return taken ? 1 : 0;
  }

  promptOf(jobId: string): string | undefined {
    return this.byJob.get(jobId)?.promptId;
  }

  private opened(slot: OpenSlot, job: QueuedJob | undefined, nowMs: number): SchedulingEvent {
    this.keep({ ...slot, started: slot.runningForMs !== null });
    const { nodeId, jobId, runningForMs } = slot;
    return {
      kind: 'attempt-opened',
      nowMs,
      nodeId,
      jobId,
      ...(job && { job }),
      startedAtMs: nowMs - (runningForMs ?? 0),
    };
  }

  private ended(known: Known, end: AttemptEnd | undefined, nowMs: number): SchedulingEvent {
    this.byPrompt.delete(known.promptId);
    this.byJob.delete(known.jobId);
    const { nodeId, jobId } = known;
    const outcome = outcomeOf(end);
    return {
      kind: 'attempt-closed',
      nowMs,
      nodeId,
      jobId,
      outcome,
      ...(outcome === 'ok' && end && timesOf(end)),
      ...(end?.uploadMs != null && { uploadMs: end.uploadMs }),
    };
  }

  private keep(known: Known): void {
    this.byPrompt.set(known.promptId, known);
    this.byJob.set(known.jobId, known);
  }
}

function timesOf({ runMs, setUpMs }: AttemptEnd): { runMs?: number; loadMs?: number } {
  if (runMs === null) return {};
  return { runMs, ...(setUpMs !== null && { loadMs: Math.min(setUpMs, runMs) }) };
}

/** A run whose files are being fetched has succeeded as far as the node goes. */
function outcomeOf(end: AttemptEnd | undefined): AttemptOutcome {
  if (!end) return 'withdrawn';
  if (end.outcome === null) return 'ok';
  return end.began ? afterRunning[end.outcome] : beforeRunning(end.outcome);
}

const afterRunning: Record<Outcome, AttemptOutcome> = {
  ok: 'ok',
  collect_error: 'ok',
  bad_output: 'ok',
  oom: 'oom',
  node_lost: 'lost',
  node_fault: 'lost',
  job_error: 'failed',
  invalid: 'failed',
  missing_dep: 'failed',
  interrupted: 'failed',
  timeout: 'failed',
  cancelled: 'failed',
  withdrawn: 'failed',
  not_arrived: 'failed',
  not_sent: 'failed',
};

function beforeRunning(outcome: Outcome): AttemptOutcome {
  return outcome === 'node_lost' || outcome === 'oom' || outcome === 'node_fault'
    ? afterRunning[outcome]
    : outcome === 'ok' || outcome === 'job_error'
      ? afterRunning[outcome]
      : 'withdrawn';
}
