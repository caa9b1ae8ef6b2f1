/**
 * Spans of what this process does, and the trace context of the request that is being answered.
 *
 * Off unless a collector is configured: then nothing is recorded, but a caller's own context is still kept with its job.
 * Spans are recorded when what they tell of has ended, from times that may come from the record: parts of a job that
 * other replicas did, hours ago, lie in one trace. Attributes are bounded in number and length, and hold no prompts.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { OnApplicationShutdown } from '@nestjs/common';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

/** What hands spans to a collector; absent when tracing is off. */
export interface SpanSink {
  tracer: Tracer;
  close(): Promise<void>;
}

export interface SpanOptions {
  /** Traceparent of what it is a part of; null begins a trace. */
  parent: string | null;
  kind?: SpanKind;
  attributes?: Attributes;
}

export interface RecordedSpan extends SpanOptions {
  from: Date;
  to: Date;
  /** A short code, when it went wrong. */
  failure?: string | undefined;
}

export class Tracing implements OnApplicationShutdown {
  private readonly scope = new AsyncLocalStorage<string>();

  constructor(private readonly sink: SpanSink | null = null) {}

  get isOn(): boolean {
    return this.sink !== null;
  }

  /** Traceparent for what is begun by the request that is being answered; null outside of a trace. */
  current(): string | null {
    return this.scope.getStore() ?? null;
  }

  /** Runs `work`, and all it calls, as a part of this trace. */
  within<T>(traceparent: string, work: () => T): T {
    return this.scope.run(traceparent, work);
  }

  /** To be ended by the caller; null when tracing is off. */
  begin(name: string, options: SpanOptions, startTime?: Date): Span | null {
    const { parent, kind = SpanKind.INTERNAL, attributes = {} } = options;
    return (
      this.sink?.tracer.startSpan(
        name,
        { kind, attributes, ...(startTime && { startTime }) },
        contextOf(parent),
      ) ?? null
    );
  }

  traceparentOf(span: Span): string {
    return formatTraceparent(span.spanContext());
  }

  /** Answers its traceparent, for its parts; null when tracing is off. */
  record(name: string, { from, to, failure, ...options }: RecordedSpan): string | null {
    const span = this.begin(name, options, from);
    if (!span) return null;
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    // The two ends may be told by two clocks.
    span.end(to < from ? from : to);
    return this.traceparentOf(span);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sink?.close();
  }
}

function contextOf(traceparent: string | null): Context {
  const parent = parseTraceparent(traceparent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}
