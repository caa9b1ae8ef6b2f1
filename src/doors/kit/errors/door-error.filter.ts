/**
 * Turns every error of a port into the error body of the door it came in by.
 *
 * Guarantees: exactly one answer per request; a caller never reads internals; what is our fault is logged with its
 * cause and the request's id; an error after the first byte went out cuts the connection, so that half an answer
 * cannot pass for a whole one.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../../platform/logging/index.js';
import { type DoorTable, plainPath } from '../door.js';
import { unguessed } from '../sites/own-headers.js';
import { logFailure, refusalOf, retryAfter } from './refusal.js';

/** The doors of a port, as far as errors go. */
export type ErrorDoors = Pick<DoorTable, 'of'>;

/** For what Nest's controllers throw. */
@Catch()
export class DoorErrorFilter implements ExceptionFilter {
  constructor(
    private readonly doors: ErrorDoors,
    private readonly log: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    answerError(this.doors, this.log, { error, request, reply });
  }
}

export interface FailedRequest {
  error: unknown;
  request: FastifyRequest;
  reply: FastifyReply;
}

export function answerError(doors: ErrorDoors, log: Logger, { error, request, reply }: FailedRequest): void {
  const refusal = refusalOf(error);
  if (refusal.status >= 500)
    logFailure(log, error, refusal, { requestId: request.id, path: plainPath(request.url) });
  if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
  const answer = doors.of(request).errors.answer(refusal, error, request);
  void reply
    .code(answer.status)
    .headers({ ...unguessed, ...retryAfter(refusal), ...answer.headers })
    .type(answer.contentType)
    .send(answer.body);
}
