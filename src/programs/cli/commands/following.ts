/** Follows one job to its end: by the stream of events, and by the job itself in case a word was lost. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { events } from '../api/events.js';
import type { JobDetail } from '../api/shapes.js';
import type { Context } from '../context.js';
import { Failure } from '../failure.js';
import { asShown, escapeOf, protocolOf } from '../terminal/pictures.js';
import { safe } from '../terminal/safe-text.js';

const lookAgainMs = 5_000;
const ended = new Set(['succeeded', 'failed', 'cancelled', 'expired']);
const previewBytesMax = 2 * 1024 * 1024;

/** The job as it ended. */
export async function follow(context: Context, id: string, withPreviews: boolean): Promise<JobDetail> {
  const { api, screen, signal } = context;
  const done = new AbortController();
  const both = AbortSignal.any([signal, done.signal]);
  const types = withPreviews ? 'job,progress,preview' : 'job,progress';
  const hearing = hear({ ...context, signal: both }, id, types, done).catch(() => undefined);
  try {
    for (;;) {
      const job = await api.told(api.routes.GET('/v1/jobs/{id}', { params: { path: { id } } }));
      if (ended.has(job.state)) return job;
      if (signal.aborted) throw new Failure('failed', `job ${id} goes on`, `comfymux jobs watch ${id}`);
      screen.bar(job.progress ?? 0, labelOf(job.state, job.node_id, job.waiting_for));
      await sleep(lookAgainMs, undefined, { signal: both }).catch(() => undefined);
    }
  } finally {
    done.abort();
    await hearing;
    screen.endBar();
  }
}

/** Ends the wait at the end of the job. */
async function hear(context: Context, id: string, types: string, done: AbortController): Promise<void> {
  for await (const { event, data } of events(context.api, { types, job: id }, context.signal)) {
    if (event === 'progress') context.screen.bar(Number(data['progress']) || 0, safe(data['node_id']));
    if (event === 'preview') await show(context, data);
    if (event === 'job' && ended.has(String(data['state']))) done.abort();
    if (context.signal.aborted) return;
  }
}

async function show({ screen }: Context, { data_base64: data }: Record<string, unknown>): Promise<void> {
  const protocol = protocolOf(process.env, screen.isTerminal && !screen.isJson);
  if (protocol === null || typeof data !== 'string' || data.length > previewBytesMax) return;
  try {
    const image = await asShown(protocol, Buffer.from(data, 'base64'));
    screen.endBar();
    screen.raw(escapeOf(protocol, image));
  } catch {
    // No picture after all.
  }
}

function labelOf(state: string, nodeId: string | null, waitingFor: string | null): string {
  return state === 'active' ? `on ${nodeId ?? 'a node'}` : (waitingFor ?? state);
}

export function failureOfJob({ id, state, error }: JobDetail): Failure {
  const why = error ? `: ${error.message} (${error.code})` : '';
  return new Failure(
    'failed',
    `job ${id} ${state}${why}`,
    `comfymux jobs why ${id}; comfymux jobs retry ${id}`,
  );
}
