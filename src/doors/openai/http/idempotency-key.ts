import type { FastifyRequest } from 'fastify';

const lengthMax = 200;

/** One that cannot be kept is none: the SDKs make them up themselves. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  return typeof key === 'string' && key !== '' && key.length <= lengthMax ? key : undefined;
}
