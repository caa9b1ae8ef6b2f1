/**
 * `not_sent`: provably no byte of the request left: refused, name not found, TLS, connect timeout, no free connection.
 * `ambiguous`: bytes left, then the link broke or time ran out: the node may have acted.
 * `timeout`: a read had no answer in time, so nothing can have changed.
 * `status`: the node answered with an error status. `protocol`: an answer no ComfyUI gives. `too_large`: one over its bound.
 */
export type ComfyCallErrorKind = 'not_sent' | 'ambiguous' | 'timeout' | 'status' | 'protocol' | 'too_large';

/** A call to a node that failed. The message names method and path only, never credentials or bodies. */
export class ComfyCallError extends Error {
  override readonly name = 'ComfyCallError';
  /** Only with kind `status`. */
  readonly status: number | undefined;
  readonly #bodyText: string | undefined;

  constructor(
    readonly kind: ComfyCallErrorKind,
    message: string,
    details: { status?: number; bodyText?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.#bodyText = details.bodyText;
  }

  /** The start of an error answer, at most 64 KiB. No own property, so that loggers pass it over: it may quote a prompt. */
  get bodyText(): string | undefined {
    return this.#bodyText;
  }
}
