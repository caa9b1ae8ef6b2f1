/**
 * One call whose answer is read whole and at once. It takes undici's own handler: the stream, the signal and the second reading of headers
 * that `request` makes for every answer cost more than the small answers of nodes themselves, and most calls are of this kind.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CallWatch } from './call-watch.js';
import { ComfyCallError } from './errors.js';

export interface BytesAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  chunks: Buffer[];
}

export class TextCall implements Dispatcher.DispatchHandler {
  /** Its headers have come. */
  isAnswered = false;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private readonly chunks: Buffer[] = [];
  private sizeBytes = 0;
  private controller: Dispatcher.DispatchController | undefined;
  private resolve!: (answer: BytesAnswer) => void;
  private reject!: (error: Error) => void;

  /** `name` of the call, for messages. An answer of more than `maxBytes` is refused with `too_large`. */
  constructor(
    private readonly watch: CallWatch,
    private readonly name: string,
    private readonly maxBytes: number,
  ) {}

  /** Rejects as soon as the watch ends it, even while it waits for a connection; errors are the link's, or the watch's reason. */
  async read(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions): Promise<BytesAnswer> {
    const { signal } = this.watch;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      signal.addEventListener('abort', () => this.end(signal.reason as Error), { once: true });
      dispatcher.dispatch(options, this);
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.watch.begins(controller)) this.controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // Only a word on the way.
    if (status < 200) return;
    this.isAnswered = true;
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > this.maxBytes)
      this.end(new ComfyCallError('too_large', `${this.name}: the answer is over ${this.maxBytes} bytes`));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { status, headers, chunks } = this;
    this.resolve({ status, headers, chunks });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.reject(error);
  }

  private end(error: Error): void {
    this.reject(error);
    this.controller?.abort(error);
  }
}
