/** Answers and bodies in ComfyUI's style. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { isJsonObject, parsePlainJson } from '../../../modules/comfyui/index.js';
import { jsonOf } from '../../kit/index.js';
import { writeJson } from '../../../modules/comfyui/domain/index.js';

export function sendJson(reply: FastifyReply, value: unknown, status = 200): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(writeJson(value));
}

export const sendText = (reply: FastifyReply, text: string, status: number): FastifyReply =>
  reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(text);

/** A bare status, as most of ComfyUI's refusals and commands have it. */
export const sendNothing = (reply: FastifyReply, status = 200): FastifyReply => reply.code(status).send();

/** Undefined for what is no JSON. Fault payload_too_large for more of it than is taken. */
export async function bodyJson(
  { body }: FastifyRequest,
  numbers: 'lossless' | 'plain' = 'plain',
): Promise<unknown> {
  try {
    return await jsonOf(Buffer.isBuffer(body) ? body : '', numbers);
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid_request') return undefined;
    throw error;
  }
}

/** Fault invalid_request for anything but a JSON object. */
export async function bodyObject(request: FastifyRequest): Promise<Record<string, unknown>> {
  const body = await bodyJson(request);
  if (!isJsonObject(body)) throw new Fault('invalid_request', 'The request body must be a JSON object');
  return body;
}

/** Undefined for what is no JSON. */
export function tryJson(text: string): unknown {
  try {
    return parsePlainJson(text);
  } catch {
    return undefined;
  }
}

/** The ids of a `delete` list; none when it is absent. */
export function idList(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Fault('invalid_request', 'delete must be a list of prompt ids');
  return value.map(String);
}

/** Undefined when absent. Fault invalid_request for what is no whole number. */
export function integerParameter(query: unknown, name: string): number | undefined {
  const value = (query as Record<string, unknown>)[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?\d{1,15}\s*$/.test(value))
    throw new Fault('invalid_request', `${name} must be an integer`);
  return Number(value);
}

export const textParameter = (query: unknown, name: string): string | undefined => {
  const value = (query as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
