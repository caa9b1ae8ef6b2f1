import type { ServerContext } from '../execution/server-context.js';
import { writeEntry, type HistoryEntry } from '../state/history.js';
import { PyError, toInt } from '../wire/convert.js';
import { truthy } from '../wire/repr.js';
import { toNumber, type Writable } from '../wire/values.js';
import { bare, json, type Reply, type Request } from './message.js';
import { dictBody, idList } from './routes/queue-routes.js';
import type { Route } from './router.js';

export const historyRoutes = (context: ServerContext): Route[] => [
  { method: 'GET', path: '/history', handle: (request) => list(context, request) },
  { method: 'GET', path: '/history/{id}', handle: (request) => one(context, request) },
  { method: 'POST', path: '/history', handle: (request) => edit(context, request) },
];

function list({ life, features }: ServerContext, { query }: Request): Reply {
  const offset = features.has('historyOffset') ? integer(query.get('offset')) : undefined;
  const page = life.history.page(
    integer(query.get('max_items')),
    offset === undefined || offset < 0 ? undefined : offset,
  );
  return json(new Map(page.map(([id, entry]): [string, Writable] => [id, readable(entry)])));
}

const integer = (value: string | null): number | undefined =>
  value === null ? undefined : toNumber(toInt(value));

function one({ life }: ServerContext, { params }: Request): Reply {
  const id = params['id'] ?? '';
  const entry = life.history.entries.get(id);
  return json(new Map(entry === undefined ? [] : [[id, readable(entry)]]));
}

function readable(entry: HistoryEntry): Writable {
  if (entry.poisoned) throw new PyError('TypeError', 'Object of type Tensor is not JSON serializable');
  return writeEntry(entry);
}

async function edit({ life }: ServerContext, request: Request): Promise<Reply> {
  const body = await dictBody(request);
  if (truthy(body.get('clear'))) life.history.entries.clear();
  for (const id of idList(body.get('delete'))) life.history.entries.delete(id);
  return bare(200);
}
