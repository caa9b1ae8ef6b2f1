/** The `video` object of OpenAI's API, made of a job. */
import type { JobView } from '../../../modules/jobs/index.js';

export interface VideoFacts {
  model: string;
  size: string;
  seconds: string;
  prompt: string | null;
}

export interface VideoDocument {
  id: string;
  object: 'video';
  created_at: number;
  completed_at: number | null;
  expires_at: number | null;
  status: 'queued' | 'in_progress' | 'completed' | 'failed';
  progress: number;
  model: string;
  prompt: string | null;
  size: string;
  seconds: string;
  remixed_from_video_id: null;
  error: { code: string; message: string } | null;
}

const idPrefix = 'video_';

export const videoId = (jobId: string): string => `${idPrefix}${jobId}`;
export const jobIdOf = (id: string): string => (id.startsWith(idPrefix) ? id.slice(idPrefix.length) : id);

/** `retentionDays` is 0 for what is kept for ever. */
export function videoDocument(view: JobView, facts: VideoFacts, retentionDays: number): VideoDocument {
  const status = statusOf(view);
  const ended = view.finishedAt === null ? null : seconds(view.finishedAt);
  return {
    id: videoId(view.id),
    object: 'video',
    created_at: seconds(view.createdAt),
    completed_at: status === 'completed' ? ended : null,
    expires_at: ended === null || retentionDays === 0 ? null : ended + retentionDays * 86_400,
    status,
    progress: Math.floor(view.progress ?? 0),
    ...facts,
    remixed_from_video_id: null,
    error: status === 'failed' ? errorOf(view) : null,
  };
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

function statusOf({ state, started }: JobView): VideoDocument['status'] {
  if (state === 'succeeded') return 'completed';
  if (state === 'queued' || state === 'delayed') return 'queued';
  if (state === 'active') return started ? 'in_progress' : 'queued';
  return 'failed';
}

function errorOf({ error, state }: JobView): { code: string; message: string } {
  return { code: error?.code ?? state, message: error?.message ?? `The video was ${state}.` };
}
