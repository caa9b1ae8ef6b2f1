/** What an operation may answer beside its results, told in the document of the API: by what the request may have wrong with it. */
import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from '../operations.js';

interface Operation {
  parameters?: readonly { in?: string }[] | undefined;
  requestBody?: unknown;
  responses: Record<string, unknown>;
}

const anyone = {
  400: 'The request cannot be read: a malformed URL, header, query or body.',
  401: 'A key is needed, and there is none or one that is not known.',
  403: 'The caller may not, or the request comes from a page of another site.',
  413: 'The request is larger than is taken.',
  431: 'The URL and the headers together are larger than is taken.',
  429: 'Too much at once; `Retry-After` says when to come back.',
  500: 'A fault of ours; the log has it under the `x-request-id` of the answer.',
  503: 'For the moment not: the database is away, too much is being read, or the server stops. `Retry-After` says when to come back.',
};
const withInput = {
  404: 'There is nothing of that name.',
  422: 'The request does not fit its schema or what it names.',
};
const withBody = {
  415: 'The body is of a type or encoding that is not read here.',
};
const changing = { 404: 'Something that is named does not exist.', 409: 'It clashes with what there is.' };

/** Of an answer's body, by media type. */
export type Content = Record<string, object>;

/** Changes the operations; what one tells itself stays as it is. `contentOf` is how a path's door words a refusal. */
export function tellRefusals(paths: OpenAPIObject['paths'], contentOf: (path: string) => Content): void {
  for (const { path, method, operation } of operationsOf<Operation>(paths))
    tell(operation, contentOf(path), method !== 'get' && method !== 'head');
}

export const ownRefusal = (path: string): Content => (path.startsWith('/v1/') ? problem : detail);

function tell(operation: Operation, content: Content, isChanging: boolean): void {
  const refusals: Record<string, string> = {
    ...anyone,
    ...((operation.parameters?.length || operation.requestBody !== undefined) && withInput),
    ...(operation.requestBody !== undefined && withBody),
    ...(isChanging && changing),
  };
  for (const [status, description] of Object.entries(refusals))
    operation.responses[status] ??= { description, content };
}

const text = { type: 'string' };
const problem = {
  'application/problem+json': {
    schema: {
      type: 'object',
      required: ['type', 'title', 'status', 'detail', 'code'],
      properties: { type: text, title: text, status: { type: 'integer' }, detail: text, code: text },
    },
  },
};
const detail = { 'application/json': { schema: { type: 'object', required: ['detail'] } } };
