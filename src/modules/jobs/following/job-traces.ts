/**
 * A job's life as spans below the request that submitted it, told by whichever replica did the part: each wait in the
 * queue and its placement by the leader, each attempt with its phases by its owner. Times are the record's, so nothing
 * is lost with a replica that dies in the middle. Never throws and holds nobody up; with tracing off it does nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Tracing } from '../../../platform/tracing/index.js';
import type { OpenAttempt, Placement } from '../record/attempts/attempts.records.js';
import { phasesOf } from '../domain/attempt-phases.js';
import type { AttemptOutcome, JobState } from '../domain/states.js';

interface Wait {
  jobId: string;
  state: JobState;
  workflow: string | null;
  tenant: string;
  profile: string;
  traceparent: string;
  from: Date;
  to: Date;
  nodeId: string | null;
}

@Injectable()
export class JobTraces {
  constructor(
    @Inject(Tracing) private readonly tracing: Tracing,
    @Inject(Pool) private readonly pool: Pool,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Of the request that is being answered; for the job that it submits. */
  current(): string | null {
    return this.tracing.current();
  }

  /** These attempts were made by a decision that began at `decidedFrom`. */
  placed(placements: readonly Placement[], decidedFrom: Date): void {
    const decidedAt = new Date();
    const promptIds = placements.map(({ promptId }) => promptId);
    void this.tellWaits(waitsBeforeSql, promptIds, (wait) => {
      const attributes = { 'comfymux.job.id': wait.jobId, 'comfymux.node.id': wait.nodeId ?? '' };
      this.tracing.record('place', {
        parent: wait.traceparent,
        from: decidedFrom,
        to: decidedAt,
        attributes,
      });
    });
  }

  /** These jobs ended while they waited. */
  left(jobIds: readonly string[]): void {
    void this.tellWaits(waitsAtEndSql, jobIds);
  }

  closed(attempt: OpenAttempt, outcome: AttemptOutcome, state: JobState, settlingFrom: Date): void {
    if (!this.tracing.isOn || attempt.traceparent === null) return;
    const closedAt = new Date();
    const parent = this.tracing.record('attempt', {
      parent: attempt.traceparent,
      from: attempt.createdAt,
      to: closedAt,
      failure: outcome === 'ok' ? undefined : outcome,
      attributes: {
        'comfymux.job.id': attempt.jobId,
        'comfymux.prompt.id': attempt.promptId,
        'comfymux.node.id': attempt.nodeId,
        'comfymux.tenant': attempt.tenantId,
        'comfymux.workflow': attempt.workflow ?? attempt.profileId,
        'comfymux.outcome': outcome,
        'comfymux.job.state': state,
      },
    });
    const attributes = { 'comfymux.job.id': attempt.jobId, 'comfymux.node.id': attempt.nodeId };
    for (const { name, from, to } of phasesOf(attempt, settlingFrom, closedAt))
      this.tracing.record(name, { parent, from, to, attributes });
  }

  private async tellWaits(
    sql: string,
    ids: readonly string[],
    more: (wait: Wait) => void = () => undefined,
  ): Promise<void> {
    if (!this.tracing.isOn || ids.length === 0) return;
    try {
      for (const wait of (await this.pool.query<Wait>(sql, [ids])).rows) {
        this.tellWait(wait);
        more(wait);
      }
    } catch (error) {
      this.log.debug({ err: error }, 'waits could not be traced');
    }
  }

  private tellWait({ jobId, state, workflow, tenant, profile, traceparent, from, to }: Wait): void {
    const ended = state === 'cancelled' || state === 'expired';
    this.tracing.record('queue', {
      parent: traceparent,
      from,
      to,
      failure: ended ? state : undefined,
      attributes: {
        'comfymux.job.id': jobId,
        'comfymux.tenant': tenant,
        'comfymux.workflow': workflow ?? profile,
      },
    });
  }
}

/** A job waits from its submission, or from the end of its attempt before. */
const since = (before: string): string =>
  `COALESCE((SELECT max(b.closed_at) FROM attempt b WHERE b.job_id = j.id ${before}), j.created_at) AS "from"`;

/** A graph without a workflow is named by its profile: the hash of what it needs. */
const whose = 'j.workflow, j.tenant_id AS tenant, c.profile_id AS profile';

const waitsBeforeSql = `
  SELECT j.id AS "jobId", 'queued' AS state, ${whose}, j.traceparent, a.node_id AS "nodeId", ${since('AND b.no < a.no')}, a.created_at AS "to"
  FROM attempt a JOIN job j ON j.id = a.job_id JOIN sched_class c ON c.id = j.class_id WHERE a.prompt_id = ANY ($1::uuid[]) AND j.traceparent IS NOT NULL`;

const waitsAtEndSql = `
  SELECT j.id AS "jobId", j.state, ${whose}, j.traceparent, NULL AS "nodeId", ${since('')}, j.finished_at AS "to"
  FROM job j JOIN sched_class c ON c.id = j.class_id WHERE j.id = ANY ($1::uuid[]) AND j.finished_at IS NOT NULL AND j.traceparent IS NOT NULL`;
