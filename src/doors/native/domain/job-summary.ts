/** A job as `/api/jobs` tells it. */
import { isJsonObject, isPause, type Steps } from '../../../modules/comfyui/domain/index.js';
import { numberOf, type PromptRecord, type ToldRun } from './prompt-record.js';

export const jobStatuses = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** Absent members are null in ComfyUI's own terms and are left out. */
export function* jobSummarySteps(
  record: PromptRecord,
  { firstOf, outputs }: ToldRun,
): Steps<Record<string, unknown>> {
  const status = statusOfJob(record);
  const head = { id: record.jobId, status, priority: numberOf(record), create_time: record.createdAtMs };
  const workflow_id = record.workflowId ?? undefined;
  if (status === 'pending' || status === 'in_progress')
    return { ...head, outputs_count: 0, previewable_outputs_count: 0, workflow_id };
  const error = firstOf.get('execution_error');
  const end = firstOf.get('execution_success') ?? error ?? firstOf.get('execution_interrupted');
  const { count, previewable, preview } = yield* summarise(outputs);
  return {
    ...head,
    execution_start_time: firstOf.get('execution_start')?.timestamp,
    execution_end_time: end?.timestamp,
    execution_error: error,
    outputs_count: count,
    previewable_outputs_count: previewable,
    preview_output: preview,
    workflow_id,
  };
}

export function statusOfJob({ state, isRunning }: Pick<PromptRecord, 'state' | 'isRunning'>): JobStatus {
  if (state === 'succeeded') return 'completed';
  if (state === 'cancelled') return 'cancelled';
  if (state === 'failed' || state === 'expired') return 'failed';
  return isRunning ? 'in_progress' : 'pending';
}

interface Summary {
  count: number;
  previewable: number;
  preview: Record<string, unknown> | undefined;
}

type Item = { nodeId: string; mediaType: string; item: unknown };

/** Files of all nodes; the preview is the first visual one of type output, else the first visual one or text. */
function* summarise(outputs: Record<string, unknown>): Steps<Summary> {
  const summary: Summary = { count: 0, previewable: 0, preview: undefined };
  let hasKept = false;
  let looked = 0;
  for (const entry of itemsOf(outputs)) {
    if (isPause(looked++)) yield undefined;
    if (!isFile(entry)) {
      if (typeof entry.item === 'string' && entry.mediaType === 'text') summary.preview ??= shownText(entry);
      continue;
    }
    summary.count += 1;
    if (!isVisual(entry)) continue;
    summary.previewable += 1;
    const isKept = entry.item.type === 'output';
    if (summary.preview === undefined || (isKept && !hasKept)) summary.preview = shown(entry);
    hasKept ||= isKept;
  }
  return summary;
}

type FileItem = Item & { item: Record<string, unknown> };

const isFile = (entry: Item): entry is FileItem => isJsonObject(entry.item);
const shown = ({ nodeId, mediaType, item }: FileItem) => ({ ...item, nodeId, mediaType });
const shownText = ({ nodeId, mediaType, item }: Item) => ({
  ...textPreview(String(item)),
  nodeId,
  mediaType,
});

function* itemsOf(outputs: Record<string, unknown>): Generator<Item> {
  for (const [nodeId, output] of Object.entries(outputs))
    for (const [mediaType, items] of Object.entries(isJsonObject(output) ? output : {}))
      if (mediaType !== 'animated' && Array.isArray(items))
        for (const item of items) yield { nodeId, mediaType, item };
}

const previewableKeys = new Set(['images', 'video', 'audio', '3d', 'text']);
const isVisual = ({ mediaType, item }: FileItem): boolean =>
  previewableKeys.has(mediaType) || (typeof item.format === 'string' && /^(video|audio)\//.test(item.format));

const textMax = 1024;
const textPreview = (content: string) =>
  content.length <= textMax ? { content } : { content: content.slice(0, textMax), truncated: true };
