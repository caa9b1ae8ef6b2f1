/**
 * Every move of an attempt, each one statement. A move names the version it was decided on and fails (null) when the
 * attempt has moved since: then somebody else owns the truth, and the caller must stop. No transaction spans a network call.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type {
  AttemptHistory,
  AttemptInput,
  Ending,
  LateAttempt,
  NewOutput,
  AttemptEnd,
  OpenAttempt,
  OpenSlot,
  Orphan,
  Placement,
  RunRecord,
  RunTime,
  Superfluous,
} from './attempts.records.js';
import type { Disposition } from '../domain/retry.js';
import type { AttemptState, JobState } from '../domain/states.js';
import type { JobError } from './jobs.view.js';
import { storedMsOrNull } from './bounds.js';
import { lateSql, mayBeLate } from './late-statement.js';
import { settleSql } from './settle-statement.js';

const openColumns = `a.prompt_id AS "promptId", a.job_id AS "jobId", a.node_id AS "nodeId",
  EXISTS (SELECT FROM node n WHERE n.id = a.node_id) AS "nodeRegistered", a.slot, a.owner, a.ver, a.state,
  a.withdraw_requested AS "withdrawRequested",
  1000 * ((a.decision->'terms'->>'executionS')::float8 + (a.decision->'terms'->>'switchingS')::float8) AS "expectedMs",
  a.send_deadline AS "sendDeadline", a.created_at AS "createdAt", a.accepted_at AS "acceptedAt", a.running_at AS "runningAt",
  a.collecting_at AS "collectingAt", a.progress,
  j.cancel_requested AS "cancelRequested", j.attempts_job AS "attemptsJob", j.attempts_infra AS "attemptsInfra",
  j.run_limit_ms AS "runLimitMs", j.created_at AS "queuedAt", j.traceparent, j.workflow, j.class_id AS "classId",
  c.profile_id AS "profileId"`;
const openTables = `attempt a JOIN job j ON j.id = a.job_id JOIN sched_class c ON c.id = j.class_id`;

@Injectable()
export class AttemptsStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /**
   * queued → active and the new attempt, for a whole batch: a job that is no longer queued is left out, and the ids of
   * the attempts made are returned; none when a newer leader has taken over. A slot or job that is already taken fails the batch (unique violation, nothing kept).
   * Locks the job rows in id order, so that two leaders cannot deadlock.
   */
  async place(batch: Placement[], term: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ prompt_id: string }>(
      `WITH wanted AS (
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::uuid[], $6::jsonb[])
           AS t (job_id, prompt_id, node_id, slot, owner, decision)),
       locked AS (SELECT j.id FROM job j JOIN wanted w ON w.job_id = j.id
         WHERE j.state = 'queued' AND NOT j.cancel_requested
           AND EXISTS (SELECT FROM leader WHERE name = 'scheduler' AND term = $7) ORDER BY j.id FOR UPDATE OF j),
       claimed AS (UPDATE job j SET state = 'active', started_at = COALESCE(j.started_at, now())
         FROM locked WHERE j.id = locked.id RETURNING j.id)
       INSERT INTO attempt (prompt_id, job_id, no, node_id, slot, owner, decision)
       SELECT w.prompt_id, w.job_id, 1 + (SELECT count(*) FROM attempt a WHERE a.job_id = w.job_id), w.node_id, w.slot, w.owner, w.decision
       FROM wanted w JOIN claimed c ON c.id = w.job_id
       RETURNING prompt_id`,
      [
        batch.map((p) => p.jobId),
        batch.map((p) => p.promptId),
        batch.map((p) => p.nodeId),
        batch.map((p) => p.slot),
        batch.map((p) => p.owner),
        batch.map((p) => JSON.stringify(p.decision)),
        term,
      ],
    );
    return rows.map((row) => row.prompt_id);
  }

  async openOf(owner: string): Promise<OpenAttempt[]> {
    const { rows } = await this.pool.query<OpenAttempt>(
      `SELECT ${openColumns} FROM ${openTables}
       WHERE a.owner = $1 AND a.closed_at IS NULL ORDER BY a.created_at`,
      [owner],
    );
    return rows;
  }

  /** Every open attempt, whoever owns it: what the scheduler must not give away twice. */
  async openSlots(): Promise<OpenSlot[]> {
    const { rows } = await this.pool.query<OpenSlot>(
      `SELECT prompt_id AS "promptId", job_id AS "jobId", node_id AS "nodeId", slot, collecting_at IS NOT NULL AS collecting,
         (extract(epoch FROM now() - running_at) * 1000)::float8 AS "runningForMs"
       FROM attempt WHERE closed_at IS NULL ORDER BY created_at`,
    );
    return rows;
  }

  async endsOf(promptIds: readonly string[]): Promise<AttemptEnd[]> {
    const { rows } = await this.pool.query<AttemptEnd>(
      `SELECT prompt_id AS "promptId", outcome, running_at IS NOT NULL AS began, run_ms AS "runMs", set_up_ms AS "setUpMs",
         (extract(epoch FROM sending_at - created_at) * 1000)::float8 AS "uploadMs"
       FROM attempt WHERE prompt_id = ANY ($1::uuid[])`,
      [promptIds],
    );
    return rows;
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
    const { rows } = await this.pool.query<AttemptInput>(
      `SELECT t.definition AS "templateDefinition", i.params, i.graph, i.assets, i.extra_data AS "extraData", p.secrets
       FROM job_input i LEFT JOIN template t ON t.hash = i.template_hash LEFT JOIN job_prompt p ON p.job_id = i.job_id WHERE i.job_id = $1`,
      [jobId],
    );
    return rows[0] ?? null;
  }

  /** intent → sending, before the first byte leaves. The deadline is the database's clock, as is every later test of it. */
  async toSending(attempt: OpenAttempt, sendTimeoutMs: number): Promise<OpenAttempt | null> {
    return this.move(
      attempt,
      'sending',
      `sending_at = now(), send_deadline = now() + $4 * interval '1 millisecond'`,
      [sendTimeoutMs],
    );
  }

  async toAccepted(attempt: OpenAttempt, number: number | null): Promise<OpenAttempt | null> {
    return this.move(attempt, 'accepted', `accepted_at = now(), number = $4::float8`, [number]);
  }

  async toRunning(attempt: OpenAttempt): Promise<OpenAttempt | null> {
    return this.move(
      attempt,
      'running',
      `running_at = now(), accepted_at = COALESCE(a.accepted_at, now())`,
      [],
    );
  }

  async toCollecting(attempt: OpenAttempt, { runMs, setUpMs }: RunTime): Promise<OpenAttempt | null> {
    return this.move(
      attempt,
      'collecting',
      `collecting_at = now(), running_at = COALESCE(a.running_at, a.accepted_at, a.sending_at), run_ms = $4::int, set_up_ms = $5::int`,
      [storedMsOrNull(runMs), storedMsOrNull(setUpMs)],
    );
  }

  /**
   * Attempts of others whose owner is dead: its lease ran out, or it is unknown to a server that has been up for longer than the
   * lease (heartbeats do not survive a crash of the server).
   */
  async orphans(me: string, leaseMs: number): Promise<Orphan[]> {
    const { rows } = await this.pool.query<Orphan>(
      `SELECT a.prompt_id AS "promptId", a.node_id AS "nodeId", a.ver FROM attempt a LEFT JOIN replica r ON r.id = a.owner
       WHERE a.closed_at IS NULL AND a.owner <> $1
         AND COALESCE(r.heartbeat_at, pg_postmaster_start_time()) < now() - $2 * interval '1 millisecond'`,
      [me, leaseMs],
    );
    return rows;
  }

  /** A live replica goes on where a dead one stopped; the version makes the old owner's late moves fail. Returns how many. */
  async takeOver(orphans: readonly Orphan[], newOwner: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE attempt a SET owner = $1, ver = a.ver + 1 FROM unnest($2::uuid[], $3::int[]) AS seen (prompt_id, ver)
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
    await this.pool.query('UPDATE attempt SET progress = $2 WHERE prompt_id = $1 AND closed_at IS NULL', [
      promptId,
      progress,
    ]);
  }

  async historyOf(jobId: string): Promise<AttemptHistory> {
    const { rows } = await this.pool.query<{
      lost: string[] | null;
      missing: string[] | null;
      timeouts: string;
    }>(
      `SELECT array_agg(DISTINCT node_id) FILTER (WHERE outcome = 'node_lost' AND running_at IS NOT NULL) AS lost,
         array_agg(DISTINCT node_id) FILTER (WHERE outcome = 'missing_dep') AS missing,
         count(*) FILTER (WHERE outcome = 'timeout') AS timeouts
       FROM attempt WHERE job_id = $1`,
      [jobId],
    );
    const row = rows[0];
    return {
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
    const { disposition } = ending;
    const retry = disposition.kind === 'retry' ? disposition : null;
    const { rows } = await this.pool.query<{ state: JobState }>(settleSql, [
      attempt.promptId,
      attempt.ver,
      ending.outcome,
      ending.error ? JSON.stringify(ending.error) : null,
      nextState(disposition),
      retry && retry.delayMs > 0 ? retry.delayMs : null,
      retry?.charge === 'job' ? 1 : 0,
      retry?.charge === 'infra' ? 1 : 0,
      retry?.avoidNode ? [attempt.nodeId] : [],
      disposition.kind === 'fail' && disposition.quarantine ? (ending.error?.message ?? 'poison') : null,
      JSON.stringify(ending.outputs),
      ...runValues(ending.run),
    ]);
    return rows[0]?.state ?? null;
  }

  /** Attempts given up within `withinMs` on these nodes that may have succeeded since, while their jobs go on. */
  async mayBeLate(nodeIds: readonly string[], withinMs: number, limit: number): Promise<LateAttempt[]> {
    const { rows } = await this.pool.query<LateAttempt>(
      `SELECT ${openColumns} FROM ${openTables} WHERE ${mayBeLate}`,
      [nodeIds, withinMs, limit],
    );
    return rows;
  }

  /**
   * Ends the job with this attempt's success, and withdraws its open attempt, if it has one. Null when the job has ended or has
   * just been placed; then nothing was written.
   */
  async adoptLate(
    { promptId, jobId, ver }: LateAttempt,
    { outputs, run, reason }: { outputs: NewOutput[]; run: RunRecord | null; reason: JobError },
  ): Promise<{ superfluous: Superfluous | null } | null> {
    const { rows } = await this.pool.query<Superfluous | { nodeId: null }>(lateSql, [
      promptId,
      jobId,
      ver,
      JSON.stringify(reason),
      JSON.stringify(outputs),
      ...runValues(run),
    ]);
    const [row] = rows;
    return row ? { superfluous: row.nodeId === null ? null : row } : null;
  }

  /** Of these prompts seen on a node, the ones that are attempts of ours; closed ones must not run there (rule f). */
  async oursAmong(promptIds: string[]): Promise<{ promptId: string; closed: boolean }[]> {
    const { rows } = await this.pool.query<{ promptId: string; closed: boolean }>(
      'SELECT prompt_id AS "promptId", closed_at IS NOT NULL AS closed FROM attempt WHERE prompt_id = ANY ($1::uuid[])',
      [promptIds],
    );
    return rows;
  }

  private async move(
    attempt: OpenAttempt,
    to: AttemptState,
    set: string,
    values: unknown[],
  ): Promise<OpenAttempt | null> {
    const { rows } = await this.pool.query<
      Pick<OpenAttempt, 'ver' | 'state' | 'sendDeadline' | 'acceptedAt' | 'runningAt' | 'collectingAt'>
    >(
      `UPDATE attempt a SET state = '${to}', ver = a.ver + 1, ${set}
       WHERE a.prompt_id = $1 AND a.ver = $2 AND a.owner = $3 AND a.closed_at IS NULL
       RETURNING a.ver, a.state, a.send_deadline AS "sendDeadline", a.accepted_at AS "acceptedAt", a.running_at AS "runningAt", a.collecting_at AS "collectingAt"`,
      [attempt.promptId, attempt.ver, attempt.owner, ...values],
    );
    return rows[0] ? { ...attempt, ...rows[0] } : null;
  }
}

const runValues = (run: RunRecord | null) =>
  run
    ? [run.outputs, run.messages, run.meta, run.startedAtMs, run.endedAtMs]
    : [null, null, null, null, null];

const nextState = (disposition: Disposition): JobState => {
  switch (disposition.kind) {
    case 'succeed':
      return 'succeeded';
    case 'cancel':
      return 'cancelled';
    case 'fail':
      return 'failed';
    case 'retry':
      return disposition.delayMs > 0 ? 'delayed' : 'queued';
  }
};
