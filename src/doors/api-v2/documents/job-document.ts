/** The contract's Job, from the one view of a job that every door reads. */
import { isJsonObject } from '../../../modules/comfyui/domain/index.js';
import type { AttemptView, JobError, JobOutlook, JobOutput, JobView } from '../../../modules/jobs/index.js';
import { assetUrl, urlExpiry } from './asset-document.js';
import { metadataOf } from '../domain/labels.js';
import { outputKind } from '../domain/output-kind.js';
import type { Progress } from '../domain/progress.js';
import { statusOf } from '../domain/status.js';

/** A job as the record and its run have it. */
export interface JobReading {
  view: JobView;
  attempts: readonly AttemptView[];
  outlook: JobOutlook | null;
  progress: Progress | null;
  /** Asset id and BLAKE3 of each output, by its index in the job. */
  assetIds: ReadonlyMap<number, string>;
  hashes: ReadonlyMap<number, string>;
}

interface JobFacts extends JobReading {
  /** Of absolute links, without a trailing slash. */
  baseUrl: string;
  /** The path of the base URL: job links are host-relative, so that a bearer token goes with them. */
  basePath: string;
  retentionDays: number;
  now: Date;
}

const dayMs = 86_400_000;
/** For ever, in a field that may not be null. */
const foreverDays = 36_500;

export function jobDocument(facts: JobFacts) {
  const { view, outlook } = facts;
  const startedAt = firstRunAt(facts.attempts);
  const status = statusOf({ ...view, hasRun: startedAt !== null });
  const link = `${facts.basePath}/api/v2/jobs/${view.id}`;
  return {
    id: view.id,
    status,
    ...timesOf(facts, startedAt),
    ...advanceOf(status, facts),
    outputs: view.outputs.map((output) => outputDocument(output, facts)),
    outputs_reused: view.outputs.length > 0 && view.outputs.every(({ isReused }) => isReused),
    error: view.error === null || status === 'canceled' ? null : errorDocument(view.error),
    metrics: metricsOf(view, startedAt),
    urls: { self: link, events: `${link}/events`, cancel: `${link}/cancel` },
    metadata: metadataOf(view.labels),
    waiting_for: outlook?.waitingFor ?? null,
    create_time: view.createdAt.toISOString(),
    update_time: (view.finishedAt ?? startedAt ?? view.createdAt).toISOString(),
  };
}

function timesOf({ view, retentionDays, now }: JobFacts, startedAt: Date | null) {
  const keptFrom = view.finishedAt ?? now;
  return {
    created_at: view.createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    completed_at: view.finishedAt?.toISOString() ?? null,
    expires_at: new Date(keptFrom.getTime() + (retentionDays || foreverDays) * dayMs).toISOString(),
  };
}

/** How far it is, in the queue or in its run. */
function advanceOf(status: ReturnType<typeof statusOf>, { view, outlook, progress }: JobFacts) {
  return {
    queue_position: status === 'queued' ? positionOf(view, outlook) : null,
    progress: status === 'running' || status === 'canceling' ? progress : null,
  };
}

const metricsOf = ({ createdAt, finishedAt }: JobView, startedAt: Date | null) => ({
  queue_ms: startedAt && startedAt.getTime() - createdAt.getTime(),
  execution_ms: startedAt && finishedAt && Math.max(0, finishedAt.getTime() - startedAt.getTime()),
});

/** What waits at its node for the run before it has nothing ahead of it in the queue of the cluster. */
const positionOf = ({ state }: JobView, outlook: JobOutlook | null): number | null =>
  state === 'active' ? 1 : (outlook?.queuePosition ?? null);

export type JobDocument = ReturnType<typeof jobDocument>;

function outputDocument(output: JobOutput, { assetIds, hashes, baseUrl, now }: JobFacts) {
  const hash = hashes.get(output.index);
  const id = assetIds.get(output.index) ?? '';
  return {
    node_id: output.nodeId,
    name: output.filename,
    type: outputKind(output.mime, output.key),
    content_type: output.mime,
    size_bytes: output.sizeBytes,
    id,
    hash: hash === undefined ? null : `blake3:${hash}`,
    url: assetUrl(baseUrl, id),
    url_expires_at: urlExpiry(now),
    job_id: output.jobId,
  };
}

/** The message of a failed run begins with the node that threw: `KSampler (node 3): …`. */
const thrower = /^([^\s:()]{1,200}) \(node ([^)]{1,100})\): /;

function errorDocument({ code, message, details }: JobError) {
  const { graphNode, nodeClass, traceback } = thrownOf(details);
  const [, classType = nodeClass, nodeId = graphNode] = thrower.exec(message) ?? [];
  return {
    code: nodeId === null ? code : 'node_execution_error',
    message,
    node_id: nodeId,
    class_type: classType,
    traceback,
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function thrownOf(details: unknown) {
  const thrown = isJsonObject(details) && isJsonObject(details.thrown) ? details.thrown : {};
  return {
    graphNode: textOf(thrown.graphNode),
    nodeClass: textOf(thrown.nodeClass),
    traceback: textOf(thrown.traceback),
  };
}

function firstRunAt(attempts: readonly AttemptView[]): Date | null {
  const times = attempts.flatMap(({ runningAt }) => (runningAt ? [runningAt.getTime()] : []));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
