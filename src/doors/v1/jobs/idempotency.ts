import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';

const idempotencyKeyLengthMax = 255;

/** `context` is what of the request is not in its body. Fault invalid_request. */
export function idempotencyOf(
  { headers, body }: FastifyRequest<{ Body: Buffer | undefined }>,
  context = '',
): { key: string; requestHash: string } | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '' || key.length > idempotencyKeyLengthMax)
    throw new Fault(
      'invalid_request',
      `Idempotency-Key must be one value of 1 to ${idempotencyKeyLengthMax} characters.`,
    );
  return {
    key,
    requestHash: createHash('sha256')
      .update(context)
      .update(body ?? '')
      .digest('hex'),
  };
}
