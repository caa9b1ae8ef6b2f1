/** OpenAI's errors: `{"error": {message, type, param, code}}`, by which its SDKs choose the class that they throw. */

export class OpenAiError extends Error {
  override readonly name = 'OpenAiError';
  /** As the framework and the kit read it. */
  readonly statusCode: number;

  constructor(
    status: number,
    message: string,
    readonly param: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
    this.statusCode = status;
  }
}

export const unknownModel = (name: string): OpenAiError =>
  new OpenAiError(404, `The model '${name.slice(0, 200)}' does not exist.`, 'model', 'model_not_found');

export function unknownParameter(name: string): OpenAiError {
  const param = name.slice(0, 100);
  return new OpenAiError(400, `Unknown parameter: '${param}'.`, param, 'unknown_parameter');
}

/** What the kit says of an error; `error` is its cause. */
export interface Told {
  status: number;
  code: string;
  message: string;
  details?: unknown;
  retryAfterSeconds?: number;
}

export interface OpenAiAnswer {
  status: number;
  body: { error: { message: string; type: string; param: string | null; code: string | null } };
  retryAfterSeconds?: number;
}

const codes: Record<string, string> = {
  queue_full: 'rate_limit_exceeded',
  quota_exceeded: 'insufficient_quota',
  storage_full: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
  unauthorized: 'invalid_api_key',
  conflict: 'idempotency_error',
};

export function openAiErrorOf(told: Told, error?: unknown): OpenAiAnswer {
  if (error instanceof OpenAiError)
    return answer(error.statusCode, error.message, { param: error.param, code: error.code });
  const { status, code, message, retryAfterSeconds } = told;
  const [fault] = Array.isArray(told.details)
    ? (told.details as { field?: unknown; message?: unknown }[])
    : [];
  const param = typeof fault?.field === 'string' ? fault.field : null;
  const sentence = typeof fault?.message === 'string' ? `${param ?? 'request'}: ${fault.message}` : message;
  return {
    ...answer(statusOf(status, code), sentence, { param, code: codes[code] ?? code }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** What its SDKs know: a full storage is a quota, and what does not fit a schema a bad request. */
function statusOf(status: number, code: string): number {
  if (code === 'storage_full') return 429;
  return status === 422 ? 400 : status;
}

function answer(
  status: number,
  message: string,
  { param, code }: { param: string | null; code: string | null },
): OpenAiAnswer {
  return { status, body: { error: { message, type: typeOf(status, code), param, code } } };
}

function typeOf(status: number, code: string | null): string {
  if (code === codes['quota_exceeded']) return code;
  if (status === 429) return 'rate_limit_error';
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
