/** An OpenTelemetry collector as far as tests need one: takes OTLP over HTTP as JSON and keeps the spans. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

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

export class TraceCollector {
  readonly spans: ReceivedSpan[] = [];
  /** Of each request that brought spans. */
  readonly headers: NodeJS.Dict<string | string[]>[] = [];
  private readonly server = createServer((request, response) => {
    void this.take(request).then(() => response.setHeader('content-type', 'application/json').end('{}'));
  });

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  /** What a service needs to send here. */
  get env(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
  }

  of(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId).toSorted((a, b) => a.fromMs - b.fromMs);
  }

  private async take(request: IncomingMessage): Promise<void> {
    const body = (await json(request)) as OtlpBody;
    this.headers.push(request.headers);
    this.spans.push(...spansOf(body));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
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
