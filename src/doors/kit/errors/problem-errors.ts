import { STATUS_CODES } from 'node:http';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import type { DoorErrors } from '../door.js';
import { rateHeaders } from '../rates/rate-headers.js';

/** One entry for each thing that is wrong with a request: where, as a JSON Pointer, and what. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** Error bodies of `/v1`: application/problem+json (RFC 9457) with `code`, and `errors` for what does not fit a schema. */
export const problemErrors: DoorErrors = {
  answer: ({ status, code, message, details, retryAfterSeconds }) => ({
    status,
    contentType: 'application/problem+json',
    headers: rateLimitHeaders(details, retryAfterSeconds),
    body: JSON.stringify({
      type: `urn:comfymux:error:${code}`,
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: message,
      code,
      ...(isFieldErrors(details) ? { errors: details } : details === undefined ? {} : { details }),
    }),
  }),
};

/** What a quota's refusal tells in `details`. */
export interface QuotaDetails {
  quota: string;
  limit: number;
  window_s: number;
}

/** Nothing is left until then. */
function rateLimitHeaders(details: unknown, resetS = 0): Record<string, string> {
  if (!isQuotaDetails(details)) return {};
  const { quota, limit, window_s: windowS } = details;
  return rateHeaders({
    name: quota,
    limit: Math.floor(limit),
    windowS,
    remaining: 0,
    untilS: Math.ceil(resetS),
  });
}

const isQuotaDetails = (details: unknown): details is QuotaDetails =>
  typeof details === 'object' && details !== null && 'quota' in details && 'window_s' in details;

/** Checks what `@Body({ schema })`, `@Query({ schema })` and `@Param({ schema })` name; refuses with 422 and field errors. */
export function schemaValidationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) =>
      new Fault('unprocessable', 'The request does not fit its schema.', fieldErrors(issues)),
  });
}

/** An issue as Standard Schema words it. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Of one request. */
const toldMax = 100;

export const fieldErrors = (issues: readonly SchemaIssue[]): FieldError[] =>
  issues.slice(0, toldMax).map(fieldError);

/** Where an issue is, its names escaped as in a JSON Pointer (RFC 6901), and what it is. */
function fieldError({ path = [], message }: SchemaIssue): FieldError {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return { pointer: keys.map((key) => `/${escapePointer(String(key))}`).join(''), detail: message };
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isFieldErrors(details: unknown): details is FieldError[] {
  return (
    Array.isArray(details) &&
    details.every((entry) => typeof entry === 'object' && entry !== null && 'pointer' in entry)
  );
}
