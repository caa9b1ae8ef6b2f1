/** Every answer of this door: handlers return a body or throw, and refusals leave in the contract's envelope. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../../modules/comfyui/index.js';
import { Fault } from '../../../platform/fault.js';
import { jsonOf, refusalOf } from '../../kit/index.js';
import { ApiError, type ApiErrorCode } from '../domain/errors.js';

const codeOfFault: Partial<Record<string, ApiErrorCode>> = {
  not_found: 'not_found',
  payload_too_large: 'payload_too_large',
  storage_full: 'payload_too_large',
  unsupported_media: 'invalid_request',
  invalid_request: 'invalid_request',
  invalid_graph: 'invalid_workflow',
  unprocessable: 'invalid_workflow',
  queue_full: 'queue_full',
  quota_exceeded: 'queue_full',
  rate_limited: 'queue_full',
  too_many_streams: 'too_many_streams',
  unauthorized: 'unauthorized',
  forbidden: 'forbidden_origin',
  database_unavailable: 'unavailable',
  shutting_down: 'unavailable',
  no_node_available: 'unavailable',
};
const defaultRetryAfterSeconds = 5;

/** Whatever was thrown, as this door tells it. `known` is false for what only we can mend. */
export function apiErrorOf(error: unknown): { answer: ApiError; known: boolean } {
  if (error instanceof ApiError) return { answer: error, known: true };
  const { statusCode } = error as { statusCode?: unknown };
  if (statusCode === 413)
    return {
      answer: new ApiError('payload_too_large', 'The body is larger than this server takes.'),
      known: true,
    };
  const refusal = refusalOf(error);
  const code = codeOfFault[refusal.code] ?? (refusal.status < 500 ? 'invalid_request' : 'internal_error');
  const details = error instanceof Fault && isJsonObject(error.details) ? error.details : null;
  const retryAfter =
    refusal.retryAfterSeconds ?? (code === 'queue_full' ? defaultRetryAfterSeconds : undefined);
  return {
    answer: new ApiError(code, refusal.message, details, retryAfter),
    known: code !== 'internal_error',
  };
}

export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfterSeconds !== undefined)
    void reply.header('retry-after', Math.ceil(error.retryAfterSeconds));
  return reply
    .code(error.status)
    .header('x-comfy-request-id', reply.request.id)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(error.body));
}

export const sendJson = (reply: FastifyReply, body: object, status = 200): FastifyReply =>
  reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));

/** The body as a JSON object, with every digit of its numbers. Throws ApiError and Fault. */
export async function bodyObject({ body }: FastifyRequest): Promise<Record<string, unknown>> {
  const parsed = await jsonOf(Buffer.isBuffer(body) ? body : '');
  if (!isJsonObject(parsed)) throw new ApiError('invalid_request', 'The body must be a JSON object.');
  return parsed;
}
