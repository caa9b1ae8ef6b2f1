/** Pages of jobs by the time of their submit, newest first, over both halves of the record; and the graphs that jobs run. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { JobState } from '../../domain/states.js';

export interface PageFilter {
  limit: number;
  /** Jobs that come after this one in the order. */
  after?: { createdAt: Date; id: string };
  states?: readonly JobState[];
  /** All of these must be on the job. */
  labels?: Record<string, string>;
}

export interface PagePlace {
  id: string;
  createdAt: Date;
}

const halfOf = (table: string): string => `
  (SELECT id, created_at AS "createdAt" FROM ${table}
   WHERE ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
     AND ($4::text[] IS NULL OR state::text = ANY ($4)) AND ($5::jsonb IS NULL OR labels @> $5::jsonb)
   ORDER BY created_at DESC, id DESC LIMIT $1)`;

const askedIn = (half: '' | 'archive.'): string => `
  SELECT i.graph, i.params, t.definition FROM ${half}job_input i
  LEFT JOIN template t ON t.hash = i.template_hash WHERE i.job_id = $1`;

@Injectable()
export class JobPages {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** A job that moves to the archive meanwhile is told once. */
  async page({ limit, after, states, labels }: PageFilter): Promise<PagePlace[]> {
    const { rows } = await this.pool.query<PagePlace>(
      `SELECT DISTINCT ON ("createdAt", id) id, "createdAt"
       FROM (${halfOf('job')} UNION ALL ${halfOf('archive.job')}) both_halves
       ORDER BY "createdAt" DESC, id DESC LIMIT $1`,
      [
        limit,
        after?.createdAt ?? null,
        after?.id ?? null,
        states ?? null,
        labels === undefined ? null : JSON.stringify(labels),
      ],
    );
    return rows;
  }

  /** The text of the graph as it was stored; null for a job that is not known, or that has a template instead. */
  async graphText(jobId: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ graph: string | null }>(
      `SELECT graph FROM job_input WHERE job_id = $1
       UNION ALL SELECT graph FROM archive.job_input WHERE job_id = $1 LIMIT 1`,
      [jobId],
    );
    return rows[0]?.graph ?? null;
  }

  /** The inputs of a named workflow's job as JSON; null for a job that is not known, or that has a graph instead. */
  async inputsText(jobId: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ params: string | null }>(
      `SELECT params FROM job_input WHERE job_id = $1
       UNION ALL SELECT params FROM archive.job_input WHERE job_id = $1 LIMIT 1`,
      [jobId],
    );
    return rows[0]?.params ?? null;
  }

  /** What a job was asked with, as texts; null for a job that is not known. */
  async askedWith(jobId: string): Promise<AskedWith | null> {
    const { rows } = await this.pool.query<AskedWith>(
      `${askedIn('')} UNION ALL ${askedIn('archive.')} LIMIT 1`,
      [jobId],
    );
    return rows[0] ?? null;
  }
}

/** A graph, or a workflow with the inputs that were given. */
export interface AskedWith {
  graph: string | null;
  params: string | null;
  /** Manifest and graph of the workflow's version. */
  definition: string | null;
}
