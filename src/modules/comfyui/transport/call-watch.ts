/**
 * Watches one request: when its first byte may have left, and why it ended early.
 * Guarantees: `started` is set before undici writes anything, so an error with `started` unset proves that no byte
 * left; a request that gets no connection within `startWithinMs`, or no end within `timeoutMs` and by `deadlineMs`, is
 * aborted. No first byte leaves after that: the clock is asked just before it, for a paused process misses its timers.
 */
import { errors, type Dispatcher } from 'undici';

import { ComfyCallError } from './errors.js';

export interface WatchOptions {
  method: 'GET' | 'POST' | 'PUT';
  /** For messages; carries no query. */
  path: string;
  startWithinMs: number;
  timeoutMs: number;
  /** By `performance.now()`. */
  deadlineMs?: number | undefined;
  signal: AbortSignal | undefined;
}

export class CallWatch {
  started = false;
  #reason: string | undefined;
  readonly #deadlineMs: number;
  readonly #abort = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  readonly #onCallerAbort = () => this.#end('the caller gave up');

  constructor(private readonly options: WatchOptions) {
    const { startWithinMs, timeoutMs, deadlineMs = Infinity, signal } = options;
    const nowMs = performance.now();
    this.#deadlineMs = Math.min(nowMs + timeoutMs, deadlineMs);
    const endsInMs = Math.max(0, this.#deadlineMs - nowMs);
    this.#timers = [
      setTimeout(() => this.started || this.#end(`no connection within ${startWithinMs} ms`), startWithinMs),
      setTimeout(() => this.#end(`no answer within ${Math.round(endsInMs)} ms`), endsInMs),
    ];
    if (signal?.aborted) this.#onCallerAbort();
    signal?.addEventListener('abort', this.#onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Rejects when the request is ended from here, at once even while it waits for a connection. */
  ended(): Promise<never> {
    return new Promise((_resolve, reject) => {
      const onAbort = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) onAbort();
      else this.signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lifts the deadline once headers are there, for bodies that may take as long as they flow. */
  clearDeadline(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  dispose(): void {
    this.clearDeadline();
    this.options.signal?.removeEventListener('abort', this.#onCallerAbort);
  }

  /** To be asked just before the first byte; false: it must not leave, and the request is aborted. */
  begins(controller: Dispatcher.DispatchController): boolean {
    if (performance.now() >= this.#deadlineMs) this.#end('not begun in time');
    // undici lets an aborted request wait for a connection and only then drops it, before writing.
    if (this.signal.aborted) {
      controller.abort(this.signal.reason as Error);
      return false;
    }
    this.started = true;
    return true;
  }

  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    dispatch(options, {
      ...delegate(handler),
      onRequestStart: (controller, context) => {
        if (this.begins(controller)) handler.onRequestStart?.(controller, context);
      },
    });

  /** Whether a read may be sent again: the link broke, typically a kept-alive one that the node had just closed. */
  brokeAfterStart(cause: unknown): boolean {
    return this.started && this.#reason === undefined && brokenLink.has(codeOf(cause));
  }

  explain(cause: unknown): ComfyCallError {
    if (cause instanceof ComfyCallError) return cause;
    const { method, path } = this.options;
    const why = this.#reason ?? reasonOf(cause);
    return new ComfyCallError(this.#kind(cause), `${method} ${path}: ${why}`, { cause });
  }

  #kind(cause: unknown) {
    if (!this.started) return 'not_sent';
    if (this.options.method === 'POST') return 'ambiguous';
    if (this.#reason?.startsWith('no answer') || codeOf(cause) === 'UND_ERR_BODY_TIMEOUT') return 'timeout';
    return cause instanceof errors.HTTPParserError ? 'protocol' : 'ambiguous';
  }

  #end(reason: string): void {
    this.#reason ??= reason;
    this.#abort.abort(new Error(reason));
  }
}

const brokenLink = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Clients read it too, so it names no address: the message of a system's error does. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'failed';
  const message = 'syscall' in cause ? String(cause.syscall) : cause.message;
  return `${codeOf(cause)} ${message}`.trim();
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

// A handler's methods live on its prototype, so spreading the object would lose them.
function delegate(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestUpgrade: handler.onRequestUpgrade?.bind(handler),
    onResponseStart: handler.onResponseStart?.bind(handler),
    onResponseData: handler.onResponseData?.bind(handler),
    onResponseEnd: handler.onResponseEnd?.bind(handler),
    onResponseError: handler.onResponseError?.bind(handler),
  };
}
