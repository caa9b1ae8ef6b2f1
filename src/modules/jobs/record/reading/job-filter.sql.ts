/** Which jobs a list or a search is about: the same words for both, $1 to $12. */
import { currentReach, ownedBy } from '../../../access/index.js';
import type { JobState } from '../../domain/states.js';
import { placeOfTime } from '../../../../platform/database/index.js';

/** Where a job stands in the list of all, newest first. */
export interface JobPlace {
  createdAt: Date;
  id: string;
}

export interface JobFilter {
  state?: JobState;
  workflow?: string;
  tenant?: string;
  principal?: string;
  door?: string;
  /** Of its latest attempt. */
  node?: string;
  /** All of these must be on the job. */
  labels?: Record<string, string>;
  endedAfter?: Date;
  /** Jobs behind this one in the list: the last of the page before. */
  before?: JobPlace;
  limit: number;
}

/** Of a job `j`; $5 is how many are wanted, which says nothing of any one. */
export const isWanted = `($1::job_state IS NULL OR j.state = $1) AND ($2::text IS NULL OR j.workflow = $2) AND ($3::timestamptz IS NULL OR (j.created_at, j.id) < ($3, $4::uuid))
     AND ($6::text IS NULL OR j.tenant_id = $6) AND ($7::text IS NULL OR j.door = $7) AND ($8::jsonb IS NULL OR j.labels @> $8)
     AND ($9::timestamptz IS NULL OR j.finished_at >= $9) AND ($10::text IS NULL OR j.principal_id = $10) AND ${ownedBy('j', 11)}`;

/** `node` is of the newest attempt, and no part of it. */
export const wantedValues = (filter: Omit<JobFilter, 'node'>): unknown[] =>
  [
    filter.state,
    filter.workflow,
    filter.before && placeOfTime(filter.before.createdAt),
    filter.before?.id,
    filter.limit,
    filter.tenant,
    filter.door,
    filter.labels && JSON.stringify(filter.labels),
    filter.endedAfter,
    filter.principal,
    ...currentReach('job'),
  ].map((value) => value ?? null);
