import type { ServerContext } from '../../execution/server-context.js';
import { entryStatus, type HistoryEntry } from '../../state/history.js';
import type { QueueItem } from '../../state/prompt-queue.js';
import { PyError } from '../../wire/convert.js';
import { isDict, type Dict, type Value, type Writable } from '../../wire/values.js';

export type Job = { [key: string]: Writable | undefined };

export const jobStatuses = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;

/** A queued prompt as `/api/jobs` shows it. */
export const queuedJob = (
  { features }: ServerContext,
  item: QueueItem,
  status: 'pending' | 'in_progress',
): Job => ({
  id: item.promptId,
  status,
  priority: item.number,
  create_time: item.extraData.get('create_time') ?? undefined,
  outputs_count: 0,
  previewable_outputs_count: features.has('previewableCount') ? 0 : undefined,
  workflow_id: workflowId(item.extraData),
});

/** A finished prompt as `/api/jobs` shows it. Throws where the server does: on a null `extra_pnginfo` or workflow. */
export function finishedJob({ features }: ServerContext, entry: HistoryEntry): Job {
  const data = (type: string) => entry.messages.find(([name]) => name === type)?.[1];
  const end = data('execution_success') ?? data('execution_error') ?? data('execution_interrupted');
  const summary = summarise(entry.outputs);
  return {
    id: entry.item.promptId,
    status: finishedStatus(entry, features.has('cancelledStatus')),
    priority: entry.item.number,
    create_time: entry.item.extraData.get('create_time') ?? undefined,
    execution_start_time: data('execution_start')?.['timestamp'],
    execution_end_time: end?.['timestamp'],
    execution_error: data('execution_error'),
    outputs_count: summary.count,
    previewable_outputs_count: features.has('previewableCount') ? summary.previewable : undefined,
    preview_output: summary.preview,
    workflow_id: workflowId(entry.item.extraData),
  };
}

/** What `GET /api/jobs/{id}` adds for finished prompts. */
export const jobDetails = (entry: HistoryEntry): Job => ({
  outputs: entry.outputs,
  execution_status: entryStatus(entry),
  workflow: { prompt: entry.item.prompt, extra_data: entry.item.extraData },
});

function finishedStatus(entry: HistoryEntry, knowsCancelled: boolean): (typeof jobStatuses)[number] {
  if (entry.statusStr === 'success') return 'completed';
  const interrupted = entry.messages.some(([type]) => type === 'execution_interrupted');
  return interrupted && knowsCancelled ? 'cancelled' : 'failed';
}

function workflowId(extraData: Dict): Writable | undefined {
  const info =
    extraData.get('extra_pnginfo') ?? (extraData.has('extra_pnginfo') ? null : new Map<string, Value>());
  if (!isDict(info)) throw new PyError('AttributeError', "'NoneType' object has no attribute 'get'");
  const workflow = info.has('workflow') ? info.get('workflow') : new Map<string, Value>();
  if (!isDict(workflow)) throw new PyError('AttributeError', "'NoneType' object has no attribute 'get'");
  return workflow.get('id') ?? undefined;
}

interface Summary {
  count: number;
  previewable: number;
  preview: Writable | undefined;
}

const previewableKeys = new Set(['images', 'video', 'audio', '3d', 'text']);

/** Files of all nodes; the preview is the first visual one of type output, else the first visual one or text. */
function summarise(outputs: ReadonlyMap<string, Writable>): Summary {
  const summary: Summary = { count: 0, previewable: 0, preview: undefined };
  let fallback: Writable | undefined;
  for (const { nodeId, mediaType, item } of itemsOf(outputs)) {
    if (typeof item === 'string') {
      if (mediaType === 'text') fallback ??= { ...textPreview(item), nodeId, mediaType };
      continue;
    }
    summary.count += 1;
    if (!isVisual(mediaType, item)) continue;
    summary.previewable += 1;
    const shown = { ...item, nodeId, mediaType };
    if (item['type'] === 'output') summary.preview ??= shown;
    else fallback ??= shown;
  }
  summary.preview ??= fallback;
  return summary;
}

type OutputItem = { [key: string]: Writable };

function* itemsOf(
  outputs: ReadonlyMap<string, Writable>,
): Generator<{ nodeId: string; mediaType: string; item: string | OutputItem }> {
  for (const [nodeId, output] of outputs) {
    for (const [mediaType, items] of Object.entries(output as OutputItem)) {
      if (mediaType === 'animated' || !Array.isArray(items)) continue;
      for (const item of items as (string | OutputItem)[]) yield { nodeId, mediaType, item };
    }
  }
}

const isVisual = (mediaType: string, item: OutputItem): boolean =>
  previewableKeys.has(mediaType) ||
  (typeof item['format'] === 'string' && /^(video|audio)\//.test(item['format']));

const textMax = 1024;

const textPreview = (content: string): { [key: string]: Writable } =>
  content.length <= textMax ? { content } : { content: content.slice(0, textMax), truncated: true };
