/** Refusals in the words of the contract: a code that its SDKs know, with a status at which their fallback does no harm. */
export const apiErrorStatus = {
  invalid_request: 400,
  invalid_cursor: 400,
  invalid_metadata_filter: 400,
  unauthorized: 401,
  forbidden_origin: 403,
  not_found: 404,
  blob_not_found: 404,
  method_not_allowed: 405,
  hash_mismatch: 409,
  asset_in_use: 409,
  payload_too_large: 413,
  invalid_workflow: 422,
  workflow_format_ui: 422,
  missing_asset: 422,
  metadata_invalid: 422,
  idempotency_key_reuse: 422,
  queue_full: 429,
  too_many_streams: 429,
  internal_error: 500,
  not_implemented: 501,
  unavailable: 503,
} as const;

export type ApiErrorCode = keyof typeof apiErrorStatus;

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: ApiErrorCode,
    message: string,
    readonly details: object | null = null,
    readonly retryAfterSeconds?: number,
    readonly status: number = apiErrorStatus[code],
  ) {
    super(message);
  }

  get body() {
    return { error: { code: this.code, message: this.message, details: this.details } };
  }
}

export const notFound = (what: string): ApiError => new ApiError('not_found', `There is no such ${what}.`);

/** The contract answers what is wrong with an upload as 422, and all else that cannot be read as 400, under one code. */
export const badUpload = (message: string): ApiError =>
  new ApiError('invalid_request', message, null, undefined, 422);
