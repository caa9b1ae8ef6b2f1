import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerContext } from '../../execution/server-context.js';
import { invalidPromptId, noPrompt, type PromptError } from '../../validation/graph-error.js';
import { validatePrompt, type Validation } from '../../validation/validate-prompt.js';
import { PyError, toFloat } from '../../wire/convert.js';
import { str, truthy } from '../../wire/repr.js';
import { isDict, toNumber, type Dict, type Value, type Writable } from '../../wire/values.js';
import { json, type Reply, type Request } from '../message.js';
import type { Route } from '../router.js';

/** `POST /prompt`: number, id, validation, then the queue, in the server's order. */
export const promptRoutes = (context: ServerContext): Route[] => [
  {
    method: 'GET',
    path: '/prompt',
    handle: () => json({ exec_info: { queue_remaining: context.life.queue.remaining } }),
  },
  { method: 'POST', path: '/prompt', handle: (request) => postPrompt(context, request) },
];

async function postPrompt(context: ServerContext, request: Request): Promise<Reply> {
  const body = await request.json();
  if (typeof body === 'string' || Array.isArray(body)) return refusal(noPrompt);
  if (!isDict(body)) throw new PyError('TypeError', 'argument is not iterable');
  const number = takeNumber(context, body);
  const prompt = body.get('prompt');
  if (prompt === undefined) return refusal(noPrompt);
  const promptId = promptIdOf(context, body.get('prompt_id'));
  if (promptId === undefined) return refusal(invalidPromptId);
  const checked = validate(context, prompt, body.get('partial_execution_targets'));
  if (!checked.ok) return refusal(checked.error, checked.nodeErrors);
  return accept(
    context,
    { number, promptId, prompt: prompt as Dict, extraData: extraDataOf(context, body) },
    checked,
  );
}

const refusal = (error: PromptError, nodeErrors: Writable = {}): Reply =>
  json({ error, node_errors: nodeErrors }, 400);

/** An explicit number is a float and leaves the counter alone; `front` turns the counter negative. */
function takeNumber({ life }: ServerContext, body: Dict): Value {
  const explicit = body.get('number');
  if (explicit !== undefined) return toFloat(explicit);
  const number = life.counter;
  life.counter += 1;
  return truthy(body.get('front')) ? 0 - number : number;
}

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const isCanonicalUuid = (value: Value | undefined): value is string =>
  typeof value === 'string' && canonicalUuid.test(value);

function promptIdOf({ features }: ServerContext, sent: Value | undefined): string | undefined {
  if (!features.has('clientPromptId')) return randomUUID();
  if (!features.has('uuidPromptId')) return sent === undefined ? randomUUID() : str(sent);
  if (sent === undefined || sent === null) return randomUUID();
  return isCanonicalUuid(sent) ? sent : undefined;
}

function validate(
  { info, features, folders }: ServerContext,
  prompt: Value,
  targets: Value | undefined,
): Validation {
  if (!isDict(prompt) || [...prompt.values()].some((node) => !isDict(node)))
    throw new PyError('TypeError', 'prompt is not a dict of dicts');
  const wanted = Array.isArray(targets) && features.has('partialTargets') ? targets.map(str) : undefined;
  return validatePrompt(prompt, wanted, {
    info,
    features,
    fileExists: (name) => folders.findAnnotated(name) !== undefined,
  });
}

const secretKeys = ['auth_token_comfy_org', 'api_key_comfy_org'];

function extraDataOf({ features }: ServerContext, body: Dict): Dict {
  const sent = body.get('extra_data');
  if (sent !== undefined && !isDict(sent)) throw new PyError('TypeError', 'extra_data is not a dict');
  const extraData: Dict = sent ?? new Map();
  const clientId = body.get('client_id');
  if (clientId !== undefined) extraData.set('client_id', clientId);
  if (features.has('hidesKeysInQueue')) for (const key of secretKeys) extraData.delete(key);
  if (features.has('createTime')) extraData.set('create_time', Date.now());
  return extraData;
}

interface Accepted {
  readonly number: Value;
  readonly promptId: string;
  readonly prompt: Dict;
  readonly extraData: Dict;
}

/** Queues even when the client has gone meanwhile: the handler does not notice. */
async function accept(
  context: ServerContext,
  accepted: Accepted,
  { outputs, nodeErrors }: Validation & { ok: true },
): Promise<Reply> {
  const { faults, record, life } = context;
  const late = faults.take('late-accept');
  if (late !== undefined) await sleep(late.spec.delayMs, undefined, { signal: life.ended });
  const clientId = accepted.extraData.get('client_id');
  const entry = record.accept({
    promptId: accepted.promptId,
    clientId: typeof clientId === 'string' ? clientId : null,
    number: toNumber(accepted.number) ?? 0,
    life: life.number,
  });
  if (faults.take('lie') === undefined) life.queue.put({ ...accepted, outputs, entry });
  else record.settle(entry, 'dropped');
  if (faults.take('lose-answer') !== undefined) return { status: 200, hangUp: true };
  return json({ prompt_id: accepted.promptId, number: accepted.number, node_errors: nodeErrors });
}
