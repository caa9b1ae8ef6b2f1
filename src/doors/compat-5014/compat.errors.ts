/** The original's error bodies: `{"detail": …}`, with a list of entries for parameters that do not fit. */
import { NotFoundException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../platform/fault.js';
import type { DoorErrors, ErrorAnswer } from '../kit/index.js';
import { pythonJson } from './domain/python-value.js';
import type { ValidationEntry } from './domain/validation.js';
import { allowedMethods } from './domain/routes.js';

/** Parameters that do not fit; answered with 422 and the entries. */
export class ParameterFault extends Fault {
  constructor(readonly entries: readonly ValidationEntry[]) {
    super('unprocessable', 'The parameters do not fit.', entries);
  }
}

export const compatErrors: DoorErrors = {
  answer(refusal, error, request) {
    if (error instanceof ParameterFault) return answer(422, error.entries);
    if (error instanceof NotFoundException) return noSuchRoute(request);
    return answer(refusal.status, refusal.message);
  },
};

function noSuchRoute(request: FastifyRequest): ErrorAnswer {
  const [path = '/', query] = request.url.split('?', 2);
  const methods = allowedMethods(path);
  if (methods !== undefined) return answer(405, 'Method Not Allowed', { allow: methods.join(', ') });
  const shorter = path.replace(/\/$/, '');
  if (allowedMethods(shorter) === undefined) return answer(404, 'Not Found');
  const location = query === undefined ? shorter : `${shorter}?${query}`;
  return { status: 307, contentType: 'text/plain', headers: { location }, body: '' };
}

function answer(status: number, detail: unknown, headers: Record<string, string> = {}): ErrorAnswer {
  return { status, contentType: 'application/json', headers, body: pythonJson({ detail }) };
}
