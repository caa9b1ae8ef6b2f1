/**
 * Every fault a caller can cause or meet, with the HTTP status a door answers by default.
 * One list, so that codes are found in one place and a door's error body is a table look-up.
 */
export const faultStatus = {
  invalid_request: 400,
  invalid_graph: 400,
  unsupported_media: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unprocessable: 422,
  queue_full: 429,
  internal: 500,
  no_node_available: 503,
  database_unavailable: 503,
  shutting_down: 503,
} as const;

export type FaultCode = keyof typeof faultStatus;

/**
 * A refusal the caller may read: `message` and `details` leave the house, `cause` only reaches the log.
 * `details` is JSON-serialisable and free of secrets.
 */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly code: FaultCode,
    message: string,
    readonly details?: unknown,
    options?: { cause?: unknown; retryAfterSeconds?: number },
  ) {
    super(message, { cause: options?.cause });
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }

  readonly retryAfterSeconds: number | undefined;

  get status(): number {
    return faultStatus[this.code];
  }
}
