import { isFaultKind, type FaultSpec } from '../faults/fault-board.js';
import type { ModelFiles } from '../nodes/model-files.js';
import type { RecordEntry } from '../state/record-book.js';
import { type Reply, type Request } from './message.js';
import type { Route } from './router.js';

/** What can be done to a node from outside its server. */
export interface Controlled {
  record(): RecordEntry[];
  models(): ModelFiles;
  armedFaults(): { id: number; spec: FaultSpec }[];
  inject(spec: FaultSpec): { id: number };
  clearFaults(id?: number): void;
}

/** The simulator's own routes, for tests in other processes. Never delayed or refused by injected faults. */
export const controlRoutes = (node: Controlled): Route[] => [
  { method: 'GET', path: '/__sim/record', at: 'bare', handle: () => plainJson(node.record()) },
  { method: 'GET', path: '/__sim/faults', at: 'bare', handle: () => plainJson(node.armedFaults()) },
  { method: 'POST', path: '/__sim/faults', at: 'bare', handle: (request) => inject(node, request) },
  { method: 'DELETE', path: '/__sim/faults', at: 'bare', handle: () => clear(node, undefined) },
  {
    method: 'DELETE',
    path: '/__sim/faults/{id}',
    at: 'bare',
    handle: ({ params }) => clear(node, Number(params['id'])),
  },
  { method: 'GET', path: '/__sim/models', at: 'bare', handle: () => plainJson(node.models()) },
];

const plainJson = (value: unknown): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});

/** Answers first and strikes after, so that the caller of `exit` still hears back. */
async function inject(node: Controlled, request: Request): Promise<Reply> {
  const spec = JSON.parse((await request.body()).toString('utf8')) as FaultSpec;
  if (!isFaultKind(spec.kind)) return { status: 400, body: 'unknown kind of fault' };
  const isDeadly = spec.kind === 'exit' || spec.kind === 'restart' || spec.kind === 'drop-sockets';
  if (!isDeadly) return plainJson({ id: node.inject(spec).id });
  setTimeout(() => node.inject(spec), answerMs);
  return plainJson({ id: 0 });
}

const answerMs = 20;

function clear(node: Controlled, id: number | undefined): Reply {
  node.clearFaults(id);
  return plainJson({});
}
