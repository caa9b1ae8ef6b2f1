/** Pages of jobs by the time of their submit, newest first, over both halves of the record; and the graphs that jobs run. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { currentReach, ownedBy } from '../../../access/index.js';
import { type InputColumn, type ShortTexts, shortTextsOf, withLongTexts } from '../long-texts.js';
import { sameDay } from '../record-halves.js';
import type { JobState } from '../../domain/states.js';
import { placeOfTime, type Statement, statement } from '../../../../platform/database/index.js';

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
  (SELECT id, created_at AS "createdAt" FROM ${table} j
   WHERE ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
     AND ($4::text[] IS NULL OR state::text = ANY ($4)) AND ($5::jsonb IS NULL OR labels @> $5::jsonb) AND ${ownedBy('j', 6)}
   ORDER BY created_at DESC, id DESC LIMIT $1)`;

/** Of the job $1, where it is in the reach of the running request. */
const textOf = (column: InputColumn): Statement =>
  statement(
    `job-${column}`,
    `${(['', 'archive.'] as const)
      .map(
        (half) =>
          `SELECT ${shortTextsOf([column])} FROM ${half}job_input i JOIN ${half}job j ON j.id = i.job_id ${sameDay(half, 'j', 'i')} WHERE i.job_id = $1 AND ${ownedBy('j', 2)}`,
      )
      .join(' UNION ALL ')} LIMIT 1`,
  );
const graphOf = textOf('graph');
const inputsOf = textOf('params');

const askedIn = (half: '' | 'archive.'): string => `
  SELECT ${shortTextsOf(['graph', 'params'])}, t.definition FROM ${half}job_input i JOIN ${half}job j ON j.id = i.job_id ${sameDay(half, 'j', 'i')}
  LEFT JOIN template t ON t.hash = i.template_hash WHERE i.job_id = $1 AND ${ownedBy('j', 2)}`;
const askedWith = statement('job-asked-with', `${askedIn('')} UNION ALL ${askedIn('archive.')} LIMIT 1`);

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
        after ? placeOfTime(after.createdAt) : null,
        after?.id ?? null,
        states ?? null,
        labels === undefined ? null : JSON.stringify(labels),
        ...currentReach('job'),
      ],
    );
    return rows;
  }

  /** The text of the graph as it was stored; null for a job that is not known, or that has a template instead. */
  async graphText(jobId: string): Promise<string | null> {
    return (await this.asked<{ graph: string | null }>(graphOf, jobId))?.graph ?? null;
  }

  /** The inputs of a named workflow's job as JSON; null for a job that is not known, or that has a graph instead. */
  async inputsText(jobId: string): Promise<string | null> {
    return (await this.asked<{ params: string | null }>(inputsOf, jobId))?.params ?? null;
  }

  /** What a job was asked with, as texts; null for a job that is not known, or not in the reach of the running request. */
  async askedWith(jobId: string): Promise<AskedWith | null> {
    return this.asked<AskedWith>(askedWith, jobId);
  }

  private async asked<Row extends object>(sql: Statement, jobId: string): Promise<Row | null> {
    const values = [jobId, ...currentReach('content')];
    const { rows } = await this.pool.query<ShortTexts<Row>>({ ...sql, values });
    return rows[0] === undefined ? null : withLongTexts<Row>(this.pool, jobId, rows[0]);
  }
}

/** A graph, or a workflow with the inputs that were given. */
export interface AskedWith {
  graph: string | null;
  params: string | null;
  /** Manifest and graph of the workflow's version. */
  definition: string | null;
}
