/** What `POST /prompt` says, and what its answer means. */
import type { PostPromptAnswer, PostPromptRequest } from '../client-types.js';
import { utf8InTurns } from '../../../platform/turns/index.js';
import { isJsonObject } from '../domain/json/json.js';
import { stringifyInTurns } from '../json-in-turns.js';
import { clamp } from '../domain/json/storable.js';
import { classifyRejection, hasNodeErrors } from '../domain/answers/rejection.js';

/** The prompt goes in as text, so that its numbers keep every digit; the whole as bytes, since the HTTP client would encode it in one piece. */
export async function promptBody(request: PostPromptRequest): Promise<Buffer> {
  const envelope = await stringifyInTurns({
    prompt_id: request.promptId,
    client_id: request.clientId,
    number: request.number,
    extra_data: request.extraData ?? {},
    partial_execution_targets: request.partialExecutionTargets,
  });
  return utf8InTurns(`${envelope.slice(0, -1)},"prompt":`, request.promptText, '}');
}

/** Undefined for what no ComfyUI says: another server, or a proxy, answers 400 as well. */
export function readPromptAnswer(status: 200 | 400, body: unknown): PostPromptAnswer | undefined {
  if (!isJsonObject(body)) return undefined;
  if (status === 400)
    return isJsonObject(body.error)
      ? { kind: 'rejected', queued: false, rejection: classifyRejection(body) }
      : undefined;
  if (hasNodeErrors(body)) return { kind: 'rejected', queued: true, rejection: classifyRejection(body) };
  const { prompt_id: promptId, number } = body;
  if (typeof promptId !== 'string' || typeof number !== 'number') return undefined;
  return { kind: 'accepted', promptId, number: clamp(number, -Number.MAX_VALUE, Number.MAX_VALUE) };
}
