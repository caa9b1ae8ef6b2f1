import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { sha256InTurns } from '../../../platform/turns/index.js';

const idempotencyKeyLengthMax = 255;

/** `context` is what of the request is not in its body. Fault invalid_request. */
export async function idempotencyOf(
  { headers, body }: FastifyRequest<{ Body: Buffer | undefined }>,
  context = '',
): Promise<{ key: string; requestHash: string } | undefined> {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '' || key.length > idempotencyKeyLengthMax)
    throw new Fault(
      'invalid_request',
      `Idempotency-Key must be one value of 1 to ${idempotencyKeyLengthMax} characters.`,
    );
  return { key, requestHash: await sha256InTurns(context, body ?? '') };
}
