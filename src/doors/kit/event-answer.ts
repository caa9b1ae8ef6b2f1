import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * Answers with server-sent events. The connection ends with them: a client would keep it for its next request, and when a
 * stop ends the stream, that request would meet a connection that is closed at the same moment.
 */
export async function answerEvents(reply: FastifyReply, frames: Readable): Promise<void> {
  // Else it would be counted for nobody (rates/stream-limits.ts).
  if (!reply.request.routeOptions.config.isStream)
    throw new Error('This route does not say that it is a stream.');
  await reply
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })
    .type('text/event-stream; charset=utf-8')
    .send(frames);
}
