/** One place that tells what an error means to a caller. What is not known to be readable stays in the log. */
import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { isDatabaseUnavailable, isNameTooLong, isUnstorableText } from '../../../platform/database/index.js';
import { Fault } from '../../../platform/fault.js';
import type { Logger } from '../../../platform/logging/index.js';

/** What a caller may read of an error; a door puts it into its own body. */
export interface Refusal {
  status: number;
  /** A `FaultCode`, or the status text in snake case for what the framework refuses. */
  code: string;
  message: string;
  details?: unknown;
  retryAfterSeconds?: number;
}

/** Nothing is lost while the database is away; a client may come back soon. */
const databaseRetryAfterSeconds = 5;

export function refusalOf(error: unknown): Refusal {
  if (error instanceof Fault) return fromFault(error);
  if (error instanceof HttpException) return fromHttpException(error);
  if (isClientError(error)) return fromStatus(error.statusCode, error.message);
  if (isDatabaseUnavailable(error)) {
    return fromFault(
      new Fault('database_unavailable', 'The database does not answer at the moment; try again.', undefined, {
        retryAfterSeconds: databaseRetryAfterSeconds,
      }),
    );
  }
  if (isUnstorableText(error)) {
    return fromFault(
      new Fault(
        'invalid_request',
        'The request holds text that cannot be kept: a NUL character, or half of a surrogate pair.',
      ),
    );
  }
  if (isNameTooLong(error))
    return fromFault(new Fault('invalid_request', 'A name in the request is too long to be kept.'));
  return fromFault(new Fault('internal', 'Something went wrong on our side.'));
}

/** A header that says when to come back, where that is known. */
export function retryAfter({ retryAfterSeconds }: Refusal): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) };
}

/** What says when to come back is a state of ours and no failure of the request: no stack for each caller. */
export function logFailure(log: Logger, error: unknown, refusal: Refusal, request: object): void {
  if (refusal.retryAfterSeconds === undefined) log.error({ err: error, ...request }, 'request failed');
  else log.warn({ cause: codeOf(error), code: refusal.code, ...request }, 'request refused for the moment');
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

function fromFault({ status, code, message, details, retryAfterSeconds }: Fault): Refusal {
  return {
    status,
    code,
    message,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function fromHttpException(error: HttpException): Refusal {
  // Nest wraps what Fastify refuses; a Fault thrown by a body parser arrives as the cause.
  if (error.cause instanceof Fault) return fromFault(error.cause);
  return fromStatus(error.getStatus(), error.message);
}

/** What Fastify refuses by itself, such as a body that is too large. */
const isClientError = (error: unknown): error is Error & { statusCode: number } =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  error.statusCode >= 400 &&
  error.statusCode < 500;

function fromStatus(status: number, said: string): Refusal {
  const title = STATUS_CODES[status] ?? 'Error';
  const message = status < 500 ? said : title;
  return { status, code: title.toLowerCase().replaceAll(/[^a-z]+/g, '_'), message };
}
