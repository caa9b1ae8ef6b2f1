/**
 * Every fault a caller can cause or meet, with the HTTP status a door answers by default.
 * One list, so that codes are found in one place and a door's error body is a table look-up.
 */
export const faultStatus = {
  invalid_request: 400,
  invalid_graph: 400,
  unsupported_media: 400,
  unsupported_encoding: 415,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  storage_full: 413,
  unprocessable: 422,
  queue_full: 429,
  quota_exceeded: 429,
  rate_limited: 429,
  too_many_streams: 429,
  internal: 500,
  no_node_available: 503,
  database_unavailable: 503,
  overloaded: 503,
  shutting_down: 503,
} as const;

export type FaultCode = keyof typeof faultStatus;

/** What each code says to a caller, and what to do; docs/errors.md is made of it. */
export const faultMeaning: Record<FaultCode, string> = {
  invalid_request:
    'The request cannot be read: bad JSON, a bad header, text that cannot be kept. Mend the request.',
  invalid_graph:
    'The graph cannot run: `details` has one entry for each thing that is wrong with it, or that no node has. Mend the graph, or give a node what it lacks.',
  unsupported_media: 'The media type, or the content of a file, is none that is read here.',
  unsupported_encoding: 'The body comes in a Content-Encoding that is not read here.',
  unauthorized: 'A credential is needed, and none or a wrong one was given.',
  forbidden: 'The caller may not do this.',
  not_found: 'There is no such thing, or none that the caller may know of.',
  method_not_allowed: 'The route exists, but not with this method.',
  conflict:
    'It contradicts what is there: an id or name that is taken, an idempotency key with another body, a setting that another source rules.',
  payload_too_large: 'The body is larger than the limit that the message names.',
  storage_full:
    'The tenant keeps as many bytes as it may, which `details` names. Waiting mends nothing: delete files, or ask the operator for more.',
  unprocessable: 'The request was understood and does not fit its schema: `errors` names each place.',
  queue_full:
    'The tenant, or the cluster, has as many waiting jobs as it may. Come back after `Retry-After`.',
  quota_exceeded:
    'The tenant has used up a quota of the day or hour, which the message names. Come back after `Retry-After`.',
  rate_limited: 'The caller makes more requests in a minute than it may. Come back after `Retry-After`.',
  too_many_streams:
    'The tenant has as many WebSockets and event streams open as it may, which `details` names. Close some, or come back after `Retry-After`.',
  internal: 'A fault of ours; the log has it under the request id. Report it.',
  no_node_available: 'No node can do this at the moment. Come back later.',
  database_unavailable: 'PostgreSQL does not answer. Nothing was done; come back after `Retry-After`.',
  overloaded: 'More bodies are being read than fit in memory. Come back after `Retry-After`.',
  shutting_down: 'This replica stops; the job goes on. Ask again: another replica answers.',
};

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
