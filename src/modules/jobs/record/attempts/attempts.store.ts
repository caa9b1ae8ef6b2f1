/**
 * Every move of an attempt, each one statement. A move names the version it was decided on and fails (null) when the
 * attempt has moved since: then somebody else owns the truth, and the caller must stop. No transaction spans a network call.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { isAlive } from '../../../../platform/cluster/index.js';
import { BatchWriter, nextVersion } from '../../../../platform/database/index.js';
import type { AttemptState, JobState } from '../../domain/states.js';
import { storedMsOrNull } from '../bounds.js';
import { type Correction, TenantCharges } from '../queue/tenant-charges.js';
import { type ShortTexts, withLongTexts } from '../long-texts.js';
import { attemptIn, type JobError } from '../stored-values.js';
import { AttemptWriters, type Move } from './attempt-writers.js';
import type {
  AttemptHistory,
  AttemptInput,
  Ending,
  LateAttempt,
  AttemptEnd,
  OpenAttempt,
  OpenSlot,
  Orphan,
  Placement,
  RunTime,
  Superfluous,
} from './attempts.records.js';
import { late, lateRows } from './late.sql.js';
import { place, placeRows } from './place.sql.js';
import { endsOf, historyOf, inputsOf, lateAttempts, openOf, openSlots, oursAmong } from './reads.sql.js';
import { runColumns, settlementOf } from './settlement.js';

type Read<Attempt extends OpenAttempt> = Omit<Attempt, 'madeMs'> & { ageMs: number };

@Injectable()
export class AttemptsStore {
  private readonly writers: AttemptWriters;
  private readonly inputs: BatchWriter<string, ShortTexts<AttemptInput> | null>;
  private readonly charges: TenantCharges;

  constructor(@Inject(Pool) private readonly pool: Pool) {
    this.writers = new AttemptWriters(pool);
    this.charges = new TenantCharges(pool);
    this.inputs = new BatchWriter({ write: async (ids) => this.inputsOf(ids), rowsMax: 32 });
  }

  /**
   * queued → active with a new attempt each; the ids of the attempts made are returned, none when a newer leader has taken over. A slot
   * or job that is already taken fails the batch (unique violation, nothing kept).
   */
  async place(batch: readonly Placement[], term: number): Promise<string[]> {
    const values = [placeRows.parameter(batch.map((placement) => placedRow(placement, term)))];
    const { rows } = await this.pool.query<{ prompt_id: string }>({ ...place, values });
    return rows.map((row) => row.prompt_id);
  }

  async openOf(owner: string): Promise<OpenAttempt[]> {
    return (await this.pool.query<Read<OpenAttempt>>({ ...openOf, values: [owner] })).rows.map(attemptIn);
  }

  /** Every open attempt, whoever owns it: what the scheduler must not give away twice. */
  async openSlots(): Promise<OpenSlot[]> {
    return (await this.pool.query<OpenSlot>(openSlots)).rows;
  }

  async endsOf(promptIds: readonly string[]): Promise<AttemptEnd[]> {
    if (promptIds.length === 0) return [];
    return (await this.pool.query<AttemptEnd>({ ...endsOf, values: [promptIds] })).rows;
  }

  /** Asks the owner to take the prompt back unless it runs. Outside the version, as a cancel is. Returns the owner of an open one. */
  async requestWithdrawal(promptId: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ owner: string }>(
      `UPDATE attempt SET withdraw_requested = TRUE WHERE prompt_id = $1 AND closed_at IS NULL AND running_at IS NULL RETURNING owner`,
      [promptId],
    );
    return rows[0]?.owner ?? null;
  }

  async inputOf(jobId: string): Promise<AttemptInput | null> {
    const input = await this.inputs.put(jobId);
    return input && withLongTexts(this.pool, jobId, input);
  }

  /** intent → sending, before the first byte leaves. The deadline is the database's clock, as is every later test of it. */
  async toSending(attempt: OpenAttempt, sendTimeoutMs: number): Promise<OpenAttempt | null> {
    return this.move('sending', attempt, { state: 'sending', send_timeout_ms: sendTimeoutMs });
  }

  async toAccepted(attempt: OpenAttempt, number: number | null): Promise<OpenAttempt | null> {
    return this.move('later', attempt, { state: 'accepted', number });
  }

  async toRunning(attempt: OpenAttempt): Promise<OpenAttempt | null> {
    return this.move('later', attempt, { state: 'running' });
  }

  /** The node took the prompt as its `number`; one move when it is known to have begun already. */
  async toPosted(attempt: OpenAttempt, number: number | null, began: boolean): Promise<OpenAttempt | null> {
    return began
      ? this.move('later', attempt, { state: 'running', number })
      : this.toAccepted(attempt, number);
  }

  async toCollecting(attempt: OpenAttempt, { runMs, setUpMs }: RunTime): Promise<OpenAttempt | null> {
    const times = { run_ms: storedMsOrNull(runMs), set_up_ms: storedMsOrNull(setUpMs) };
    return this.move('later', attempt, { state: 'collecting', ...times });
  }

  /**
   * Attempts of others whose owner is dead: its lease ran out, or it is unknown to a server that has been up for longer than the
   * lease (heartbeats do not survive a crash of the server).
   */
  async orphans(me: string, leaseMs: number): Promise<Orphan[]> {
    const { rows } = await this.pool.query<Orphan>(
      `SELECT a.prompt_id AS "promptId", a.node_id AS "nodeId", a.ver FROM attempt a LEFT JOIN replica r ON r.id = a.owner
       WHERE a.closed_at IS NULL AND a.owner <> $1
         AND NOT COALESCE(${isAlive('$2')}, pg_postmaster_start_time() >= now() - $2 * interval '1 millisecond')`,
      [me, leaseMs],
    );
    return rows;
  }

  /** A live replica goes on where a dead one stopped; the version makes the old owner's late moves fail. Returns how many. */
  async takeOver(orphans: readonly Orphan[], newOwner: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE attempt a SET owner = $1, ver = ${nextVersion('a.ver')} FROM unnest($2::uuid[], $3::int[]) AS seen (prompt_id, ver)
       WHERE a.prompt_id = seen.prompt_id AND a.ver = seen.ver AND a.closed_at IS NULL`,
      [newOwner, orphans.map(({ promptId }) => promptId), orphans.map(({ ver }) => ver)],
    );
    return rowCount ?? 0;
  }

  async isPastSettle(attempt: OpenAttempt, settleMs: number): Promise<boolean> {
    const { rows } = await this.pool.query<{ past: boolean }>(
      `SELECT now() >= send_deadline + $2 * interval '1 millisecond' AS past FROM attempt WHERE prompt_id = $1`,
      [attempt.promptId, settleMs],
    );
    return rows[0]?.past ?? false;
  }

  /** Outside the version: progress decides nothing, and a crash may lose it. */
  async noteProgress(promptId: string, progress: number): Promise<void> {
    await this.writers.progress.put({ prompt_id: promptId, progress });
  }

  async historyOf(jobId: string): Promise<AttemptHistory> {
    const { rows } = await this.pool.query<{
      lost: string[] | null;
      runsLost: string;
      missing: string[] | null;
      timeouts: string;
    }>({ ...historyOf, values: [jobId] });
    const row = rows[0];
    return {
      runsLost: Number(row?.runsLost ?? 0),
      nodesLostWhileRunning: row?.lost ?? [],
      nodesMissingDependency: row?.missing ?? [],
      timeouts: Number(row?.timeouts ?? 0),
    };
  }

  /**
   * Closes the attempt and moves its job: success with its outputs, a lawful end, or back to the queue.
   * Null when the version was no longer the one decided on; then nothing was written.
   */
  async settle(attempt: OpenAttempt, ending: Ending): Promise<JobState | null> {
    const settled = await this.writers.settle.put(settlementOf(attempt, ending));
    // Lost, it costs nothing that the next run does not mend.
    if (settled) void this.charges.correct(settled).catch(() => undefined);
    return settled?.state ?? null;
  }

  /** Attempts given up within `withinMs` on these nodes that may have succeeded since, while their jobs go on. */
  async mayBeLate(nodeIds: readonly string[], withinMs: number, limit: number): Promise<LateAttempt[]> {
    const values = [nodeIds, withinMs, limit];
    return (await this.pool.query<Read<LateAttempt>>({ ...lateAttempts, values })).rows.map(attemptIn);
  }

  /**
   * Ends the job with this attempt's success, and withdraws its open attempt, if it has one. Null when the job has ended or has
   * just been placed; then nothing was written.
   */
  async adoptLate(
    { promptId, jobId, ver }: LateAttempt,
    { outputs, run, runMs = null, reason }: Pick<Ending, 'outputs' | 'run' | 'runMs'> & { reason: JobError },
  ): Promise<{ superfluous: Superfluous | null } | null> {
    const gpuMs = storedMsOrNull(runMs);
    const row = {
      prompt_id: promptId,
      job_id: jobId,
      ver,
      reason,
      outputs,
      gpu_ms: gpuMs,
      ...runColumns(run),
    };
    const { rows } = await this.pool.query<(Superfluous | { nodeId: null }) & Correction>({
      ...late,
      values: [lateRows.mended([row])],
    });
    const [moved] = rows;
    if (!moved) return null;
    void this.charges.correct(moved).catch(() => undefined);
    if (moved.nodeId === null) return { superfluous: null };
    const { nodeId, owner, outcome } = moved;
    return { superfluous: { nodeId, owner, outcome } };
  }

  /** Of these prompts seen on a node, the ones that are attempts of ours; closed ones must not run there (rule f). */
  async oursAmong(promptIds: string[]): Promise<{ promptId: string; closed: boolean }[]> {
    if (promptIds.length === 0) return [];
    const { rows } = await this.pool.query<{ promptId: string; closed: boolean }>({
      ...oursAmong,
      values: [promptIds],
    });
    return rows;
  }

  private async inputsOf(jobIds: readonly string[]): Promise<(ShortTexts<AttemptInput> | null)[]> {
    const { rows } = await this.pool.query<ShortTexts<AttemptInput & { jobId: string }>>({
      ...inputsOf,
      values: [jobIds],
    });
    const byJob = new Map(rows.map((row) => [row.jobId, row]));
    return jobIds.map((id) => byJob.get(id) ?? null);
  }

  private async move(
    writer: 'sending' | 'later',
    attempt: OpenAttempt,
    to: { state: AttemptState } & Partial<Move>,
  ): Promise<OpenAttempt | null> {
    const { promptId, ver, owner } = attempt;
    const moved = await this.writers[writer].put({ ...noMove, ...to, prompt_id: promptId, ver, owner });
    return moved && { ...attempt, ...moved };
  }
}

const noMove = { send_timeout_ms: null, number: null, run_ms: null, set_up_ms: null };

const placedRow = (
  placement: Placement,
  term: number,
): Parameters<typeof placeRows.parameter>[0][number] => ({
  job_id: placement.jobId,
  prompt_id: placement.promptId,
  node_id: placement.nodeId,
  slot: placement.slot,
  owner: placement.owner,
  decision: placement.decision,
  expected_ms: placement.expectedMs,
  loads_models: placement.loadsModels,
  term,
});
