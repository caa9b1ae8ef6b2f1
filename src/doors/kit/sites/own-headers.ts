import type { FastifyReply } from 'fastify';

/** Of every answer but those that pass from a node: nobody guesses what it is. */
export const unguessed = { 'x-content-type-options': 'nosniff' } as const;

/** Of answers of our own: nobody frames them, or learns from a link where it was followed. */
export function ownHeaders(reply: FastifyReply): void {
  void reply.headers({
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
  });
}
