/**
 * Turns every error of the port into the error body of the door it came in by.
 *
 * Guarantees: exactly one answer per request; a caller never reads internals; what is our fault is logged with its
 * cause and the request's id; an error after the first byte went out cuts the connection, so that half an answer
 * cannot pass for a whole one.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../../platform/logging/index.js';
import { logFailure, type Refusal, refusalOf } from './refusal.js';

export interface ErrorAnswer {
  status: number;
  contentType: string;
  headers?: Record<string, string>;
  /** As it goes out. */
  body: string;
}

/** How one door words its errors. */
export interface DoorErrors {
  /** Paths that begin with it belong to the door: `/v1`, or `/` for all that no other door takes. */
  pathPrefix: string;
  answer(refusal: Refusal, error: unknown, request: FastifyRequest): ErrorAnswer;
}

@Catch()
export class DoorErrorFilter implements ExceptionFilter {
  private readonly doors: readonly DoorErrors[];

  /** One of `doors` must have the prefix `/`; the longest prefix that fits wins. */
  constructor(
    doors: readonly DoorErrors[],
    private readonly log: Logger,
  ) {
    this.doors = doors.toSorted((one, other) => other.pathPrefix.length - one.pathPrefix.length);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const refusal = refusalOf(error);
    if (refusal.status >= 500)
      logFailure(this.log, error, refusal, { requestId: request.id, path: pathOf(request) });
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    const answer = this.doorOf(request).answer(refusal, error, request);
    void reply
      .code(answer.status)
      .headers({ ...retryAfter(refusal), ...answer.headers })
      .type(answer.contentType)
      .send(answer.body);
  }

  private doorOf(request: FastifyRequest): DoorErrors {
    const path = pathOf(request);
    const door = this.doors.find(({ pathPrefix }) => isUnder(path, pathPrefix));
    if (door === undefined) throw new Error('No door answers for "/".');
    return door;
  }
}

export function isUnder(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}

function retryAfter({ retryAfterSeconds }: Refusal): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) };
}
