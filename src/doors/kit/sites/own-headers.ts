import type { FastifyReply } from 'fastify';

/** Of answers of our own: nobody guesses their type, frames them, or learns from a link where it was followed. */
export function ownHeaders(reply: FastifyReply): void {
  void reply.headers({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
  });
}
