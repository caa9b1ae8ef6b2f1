/** An OpenTelemetry collector as far as tests need one: takes OTLP over HTTP as JSON and keeps the spans. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { LocalServer } from './local-server.js';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  fromMs: number;
  toMs: number;
  failure: string | undefined;
  attributes: Record<string, string>;
  /** The process that sent it. */
  instance: string;
}

interface Attribute {
  key: string;
  value: Record<string, string | number>;
}

interface OtlpBody {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        status: { code: number; message?: string };
        attributes: Attribute[];
      }[];
    }[];
  }[];
}

export class TraceCollector extends LocalServer {
  readonly spans: ReceivedSpan[] = [];
  /** Of each request that brought spans. */
  readonly headers: NodeJS.Dict<string | string[]>[] = [];

  /** What a service needs to send here. */
  get env(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url(''),
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
  }

  of(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId).toSorted((a, b) => a.fromMs - b.fromMs);
  }

  protected async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as OtlpBody;
    this.headers.push(request.headers);
    this.spans.push(...spansOf(body));
    response.setHeader('content-type', 'application/json').end('{}');
  }
}

function spansOf({ resourceSpans }: OtlpBody): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        fromMs: Number(span.startTimeUnixNano) / 1e6,
        toMs: Number(span.endTimeUnixNano) / 1e6,
        failure: span.status.code === 2 ? (span.status.message ?? '') : undefined,
        attributes: plain(span.attributes),
        instance: plain(resource.attributes)['service.instance.id'] ?? '',
      })),
    ),
  );
}

const plain = (attributes: Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
