/** A job as `/api/jobs` tells it. */
import { isJsonObject } from '../../../modules/comfyui/domain/index.js';
import { messagesOf, numberOf, outputsOf, type PromptRecord } from './prompt-record.js';

export const jobStatuses = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** Absent members are null in ComfyUI's own terms and are left out. */
export function jobSummary(record: PromptRecord): Record<string, unknown> {
  const status = statusOfJob(record);
  const head = { id: record.jobId, status, priority: numberOf(record), create_time: record.createdAtMs };
  const workflow_id = record.workflowId ?? undefined;
  if (status === 'pending' || status === 'in_progress')
    return { ...head, outputs_count: 0, previewable_outputs_count: 0, workflow_id };
  const messages = messagesOf(record);
  const dataOf = (type: string) => messages.find(([name]) => name === type)?.[1];
  const end = dataOf('execution_success') ?? dataOf('execution_error') ?? dataOf('execution_interrupted');
  const { count, previewable, preview } = summarise(outputsOf(record));
  return {
    ...head,
    execution_start_time: dataOf('execution_start')?.timestamp,
    execution_end_time: end?.timestamp,
    execution_error: dataOf('execution_error'),
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
function summarise(outputs: Record<string, unknown>): Summary {
  const items = itemsOf(outputs);
  const files = items.filter((entry): entry is FileItem => isJsonObject(entry.item));
  const visual = files.filter(isVisual);
  const kept = visual.find(({ item }) => item.type === 'output');
  return { count: files.length, previewable: visual.length, preview: kept ? shown(kept) : firstShown(items) };
}

type FileItem = Item & { item: Record<string, unknown> };

const shown = ({ nodeId, mediaType, item }: FileItem) => ({ ...item, nodeId, mediaType });

function firstShown(items: Item[]): Record<string, unknown> | undefined {
  for (const { nodeId, mediaType, item } of items) {
    if (typeof item === 'string' && mediaType === 'text') return { ...textPreview(item), nodeId, mediaType };
    if (isJsonObject(item) && isVisual({ nodeId, mediaType, item })) return { ...item, nodeId, mediaType };
  }
  return undefined;
}

function itemsOf(outputs: Record<string, unknown>): Item[] {
  return Object.entries(outputs).flatMap(([nodeId, output]) =>
    Object.entries(isJsonObject(output) ? output : {}).flatMap(([mediaType, items]) =>
      mediaType !== 'animated' && Array.isArray(items)
        ? items.map((item: unknown) => ({ nodeId, mediaType, item }))
        : [],
    ),
  );
}

const previewableKeys = new Set(['images', 'video', 'audio', '3d', 'text']);
const isVisual = ({ mediaType, item }: FileItem): boolean =>
  previewableKeys.has(mediaType) || (typeof item.format === 'string' && /^(video|audio)\//.test(item.format));

const textMax = 1024;
const textPreview = (content: string) =>
  content.length <= textMax ? { content } : { content: content.slice(0, textMax), truncated: true };
