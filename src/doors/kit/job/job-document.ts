import { traceIdOf } from '../../../platform/tracing/index.js';
import { parseUrl } from '../../../platform/outside-text/index.js';
import type {
  AttemptView,
  DeliverWish,
  JobOutlook,
  JobOutput,
  JobView,
} from '../../../modules/jobs/index.js';
import type { JobBody } from './job-document.schema.js';
import type { UrlOf } from './output-links.js';

/** The body of `/v1/jobs/{id}`; a job that has ended needs no outlook. */
export function bodyOf(view: JobView, urlOf: UrlOf, outlook: JobOutlook | null): JobBody {
  return {
    id: view.id,
    state: view.state,
    progress: view.progress,
    tenant: view.tenantId,
    workflow: view.workflow,
    priority: view.priority,
    labels: view.labels,
    node_id: view.nodeId,
    attempts: view.attempts,
    cancel_requested: view.cancelRequested,
    trace_id: traceIdOf(view.traceparent),
    created_at: view.createdAt.toISOString(),
    started_at: view.startedAt?.toISOString() ?? null,
    finished_at: view.finishedAt?.toISOString() ?? null,
    waiting_for: outlook?.waitingFor ?? null,
    queue_position: outlook?.queuePosition ?? null,
    eta: outlook && etaOf(outlook),
    error: view.error,
    outputs: view.outputs.map((output) => ({
      graph_node: output.nodeId,
      key: output.key,
      filename: output.filename,
      subfolder: output.subfolder,
      type: output.type,
      format: output.format,
      mime: output.mime,
      sha256: output.sha256,
      size_bytes: output.sizeBytes,
      url: urlOf(output, view.tenantId),
      text: textOf(output),
    })),
  };
}

/** A result that is a text, or its beginning; the file has all of it. */
function textOf({ type, raw }: JobOutput): string | null {
  const told =
    type === 'text' && typeof raw === 'object' && raw !== null ? (raw as { text?: unknown }).text : null;
  return typeof told === 'string' ? told : null;
}

export function etaOf({ eta }: JobOutlook): JobBody['eta'] {
  return (
    eta && {
      start: new Date(eta.startMs).toISOString(),
      end: new Date(eta.endMs).toISOString(),
      end_p90: new Date(eta.endP90Ms).toISOString(),
    }
  );
}

/** What the job tells of where its results are brought. Of addresses the origin alone: the rest may be a secret. */
export const deliverOf = (
  wish: DeliverWish | null,
  files: Record<'waiting' | 'delivered' | 'given_up', number> | null,
) =>
  wish &&
  files && {
    to: wish.to ?? [...new Set(wish.https_put?.map((url) => parseUrl(url)?.origin ?? ''))].join(', '),
    convert: wish.convert?.format ?? null,
    files,
  };

export function detailOf(body: JobBody, attempts: AttemptView[], deliver: ReturnType<typeof deliverOf>) {
  return {
    ...body,
    deliver,
    history: attempts.map((attempt) => ({
      prompt_id: attempt.promptId,
      no: attempt.no,
      node_id: attempt.nodeId,
      state: attempt.state,
      outcome: attempt.outcome,
      error: attempt.error,
      decision: attempt.decision,
      created_at: attempt.createdAt.toISOString(),
      running_at: attempt.runningAt?.toISOString() ?? null,
      closed_at: attempt.closedAt?.toISOString() ?? null,
    })),
  };
}
