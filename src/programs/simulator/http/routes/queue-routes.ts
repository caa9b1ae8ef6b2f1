import type { ServerContext } from '../../execution/server-context.js';
import { itemTuple, type QueueItem } from '../../state/prompt-queue.js';
import { PyError } from '../../wire/convert.js';
import { str, truthy } from '../../wire/repr.js';
import { isDict, type Dict, type Value } from '../../wire/values.js';
import { bare, json, type Reply, type Request } from '../message.js';
import type { Route } from '../router.js';

export const queueRoutes = (context: ServerContext): Route[] => [
  { method: 'GET', path: '/queue', handle: () => getQueue(context) },
  { method: 'POST', path: '/queue', handle: (request) => postQueue(context, request) },
  { method: 'POST', path: '/interrupt', handle: (request) => postInterrupt(context, request) },
  { method: 'POST', path: '/free', handle: (request) => postFree(context, request) },
];

export async function dictBody(request: Request): Promise<Dict> {
  const body = await request.json();
  if (!isDict(body)) throw new PyError('TypeError', 'body is not a dict');
  return body;
}

/** Ids of a `delete` list; any other value than a list fails as in Python. */
export function idList(value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new PyError('TypeError', 'object is not iterable');
  return value.map(str);
}

function getQueue({ life: { queue } }: ServerContext): Reply {
  const running = queue.running === undefined ? [] : [itemTuple(queue.running)];
  return json({ queue_running: running, queue_pending: queue.pendingItems.map(itemTuple) });
}

async function postQueue({ life, record }: ServerContext, request: Request): Promise<Reply> {
  const body = await dictBody(request);
  const removed: QueueItem[] = truthy(body.get('clear')) ? life.queue.clear() : [];
  for (const id of idList(body.get('delete'))) {
    const item = life.queue.delete(id);
    if (item !== undefined) removed.push(item);
  }
  for (const item of removed) record.settle(item.entry, 'deleted');
  return bare(200);
}

/** Only sets a flag. A body without a `prompt_id` is global; old servers never look at the body. */
async function postInterrupt(context: ServerContext, request: Request): Promise<Reply> {
  const { features, life } = context;
  const body = features.has('targetedInterrupt') ? await optionalDict(request) : new Map<string, Value>();
  const target = body.get('prompt_id');
  if (target === undefined || target === null || target === '' || life.queue.running?.promptId === target)
    interrupt(context);
  return bare(200);
}

export function interrupt({ life, faults }: ServerContext): void {
  if (faults.take('lose-interrupt') === undefined) life.interrupt = true;
}

async function optionalDict(request: Request): Promise<Dict> {
  let body: Value;
  try {
    body = await request.json();
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
  if (!isDict(body)) throw new PyError('AttributeError', "object has no attribute 'get'");
  return body;
}

async function postFree({ life }: ServerContext, request: Request): Promise<Reply> {
  const body = await dictBody(request);
  const free = { models: truthy(body.get('unload_models')), results: truthy(body.get('free_memory')) };
  if (life.queue.running !== undefined) {
    life.freeAfterPrompt = {
      models: life.freeAfterPrompt.models || free.models,
      results: life.freeAfterPrompt.results || free.results,
    };
    return bare(200);
  }
  if (free.models) life.vram.clear();
  if (free.results) life.cache.clear();
  return bare(200);
}
