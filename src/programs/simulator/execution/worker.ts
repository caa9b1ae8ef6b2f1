import type { QueueItem } from '../state/prompt-queue.js';
import { isDict } from '../wire/values.js';
import { executePrompt, type ExecutionResult } from './executor.js';
import { pause, type ServerContext } from './server-context.js';

/**
 * The one worker thread of a server: takes prompts one after another until its life ends. An error outside a node's own
 * guard ends the loop and leaves its prompt listed as running, as a dead thread does.
 */
export async function runWorker(context: ServerContext): Promise<void> {
  const { queue, ended } = context.life;
  for (let item = await queue.take(); item !== undefined; item = await queue.take()) {
    try {
      await runItem(context, item);
    } catch {
      return;
    }
    if (ended.aborted) return;
  }
}

async function runItem(context: ServerContext, item: QueueItem): Promise<void> {
  const { life, record, settings } = context;
  item.entry.startedAt = Date.now();
  if (hasUnhashableClient(item)) return context.exit();
  const result = await executePrompt(context, item);
  await pause(context, settings.historyDelayMs);
  record.settle(item.entry, result.outcome);
  finish(context, item, result);
  const clientId = item.extraData.get('client_id');
  if (typeof clientId === 'string')
    life.hub.send('executing', { node: null, prompt_id: item.promptId }, clientId);
  freeMemory(context);
}

/** History gains the entry in the moment the queue loses it, then `status` tells. */
function finish({ life, faults }: ServerContext, item: QueueItem, result: ExecutionResult): void {
  const poison = faults.take('poison-history', (spec) => (spec.promptId ?? item.promptId) === item.promptId);
  life.history.add({
    item,
    outputs: result.outputs,
    meta: result.meta,
    statusStr: result.outcome === 'success' ? 'success' : 'error',
    completed: result.outcome === 'success',
    messages: result.messages,
    poisoned: poison !== undefined || result.isUnserialisable,
  });
  life.queue.finish();
}

function freeMemory({ life }: ServerContext): void {
  if (life.freeAfterPrompt.models) life.vram.clear();
  if (life.freeAfterPrompt.results) life.cache.clear();
  life.freeAfterPrompt = { models: false, results: false };
}

function hasUnhashableClient(item: QueueItem): boolean {
  const clientId = item.extraData.get('client_id');
  return isDict(clientId) || Array.isArray(clientId);
}
