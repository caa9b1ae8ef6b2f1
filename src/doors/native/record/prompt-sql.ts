/** The SQL of prompts and their jobs in both halves of the record: `p` a prompt, `j` its job, `i` its input, `r` its run. */
import { type RecordHalf, sameDay } from '../../../modules/jobs/index.js';
import { mayTouchSql } from '../domain/may-touch.js';

const promptsMax = 10_000;

/** Whether the job `j` has an open attempt `a` like this; none of the archive's has. */
export const hasOpenAttempt = (half: RecordHalf, condition: string): string =>
  half === ''
    ? `EXISTS (SELECT FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL AND ${condition})`
    : 'FALSE';
export const runs = `a.state IN ('running', 'collecting')`;
/** At its node with nothing of ours before it: it begins there before the record learns of it. */
const isNext = `a.state IN ('sending', 'accepted') AND NOT EXISTS (SELECT FROM attempt b WHERE b.node_id = a.node_id AND b.closed_at IS NULL
  AND b.collecting_at IS NULL AND b.sending_at < a.sending_at)`;

/** It may be interrupted: it runs, or is about to. */
export const isNextOrRuns = `(a.state = 'running' OR ${isNext})`;

export const outline = (
  half: RecordHalf,
): string => `j.id AS "jobId", p.place, p.client_id AS "clientId", j.state, j.error, p.ticket, p.number, p.front, p.targets,
  p.workflow_id AS "workflowId", (extract(epoch FROM j.created_at) * 1000)::float8 AS "createdAtMs",
  (extract(epoch FROM j.started_at) * 1000)::float8 AS "startedAtMs", (extract(epoch FROM j.finished_at) * 1000)::float8 AS "finishedAtMs",
  ${hasOpenAttempt(half, runs)} AS "isRunning", ${hasOpenAttempt(half, isNextOrRuns)} AS "mayRun", r.outputs, r.messages, r.meta`;
/** Short ones come along; long ones are read in slices when they are written: see `PromptBodies`. */
const shortBytesMax = 65_536;
const shortOnly = (column: string): string =>
  `CASE WHEN octet_length(${column}) <= ${shortBytesMax} THEN ${column} END`;
export const body = `${shortOnly('i.graph')} AS graph, ${shortOnly('i.extra_data')} AS "extraData"`;
export const noBody = `NULL AS graph, NULL AS "extraData"`;
const bytesOf = (...columns: string[]): string =>
  columns.map((column) => `COALESCE(octet_length(${column}), 0)`).join(' + ');
/** What an answer about the prompt holds, told without reading it. */
export const runBytes = bytesOf('r.outputs', 'r.messages', 'r.meta');
export const entryBytes = `${runBytes} + ${bytesOf('i.graph', 'i.extra_data')}`;

/** Beside the prompts as `p`. */
export const joined = (
  half: RecordHalf,
): string => `JOIN ${half}job j ON j.id = p.job_id ${sameDay(half, 'j', 'p')}
  JOIN ${half}job_input i ON i.job_id = p.job_id ${sameDay(half, 'i', 'p')}
  LEFT JOIN ${half}job_run r ON r.job_id = p.job_id ${sameDay(half, 'r', 'p')}`;

const promptColumns =
  'p.job_id, p.place, p.client_id, p.ticket, p.number, p.front, p.targets, p.workflow_id, p.hidden';
const newest = `ORDER BY ticket DESC LIMIT ${promptsMax}`;
export const mine = `(SELECT * FROM job_prompt p WHERE ${mayTouchSql} ${newest}) p ${joined('')}`;

export const isLive = `j.state IN ('queued', 'delayed', 'active')`;
/** A prompt that was cancelled before it ran leaves no trace. */
export const isHistory = (
  half: RecordHalf,
): string => `NOT p.hidden AND j.state IN ('succeeded', 'failed', 'cancelled', 'expired') AND (j.state <> 'cancelled'
  OR r.job_id IS NOT NULL OR EXISTS (SELECT FROM ${half}attempt a WHERE a.job_id = j.id ${sameDay(half, 'a', 'j')} AND a.running_at IS NOT NULL))`;

/** What `select` makes of the caller's newest prompts, wherever they are. */
export const ofBothHalves = (select: (half: RecordHalf, from: string) => string): string => `
  WITH newest AS (SELECT * FROM (
    (SELECT ${promptColumns}, NULL::date AS day FROM job_prompt p WHERE ${mayTouchSql} ${newest})
    UNION ALL (SELECT ${promptColumns}, day FROM archive.job_prompt p WHERE ${mayTouchSql} ${newest})) p ${newest})
  (${select('', `(SELECT * FROM newest WHERE day IS NULL) p ${joined('')}`)})
  UNION ALL (${select('archive.', `(SELECT * FROM newest WHERE day IS NOT NULL) p ${joined('archive.')}`)})`;
