/**
 * Sends spans to a collector by OTLP over HTTP, in the background. A collector that is slow or away costs at most the
 * memory of the queue: what does not fit is dropped, and the operator is told once a minute.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../config/index.js';
import type { Logger } from '../logging/index.js';
import { packageVersion } from '../version.js';
import type { SpanSink } from './tracing.js';

const queueSizeMax = 4096;
const batchSizeMax = 512;
const batchIntervalMs = 2000;
const exportTimeoutMs = 10_000;
const closeTimeoutMs = 3000;
const complaintIntervalMs = 60_000;

export async function openOtlpSink(config: Config, endpoint: string, log: Logger): Promise<SpanSink> {
  complainTo(log);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': config.OTEL_SERVICE_NAME,
      'service.version': packageVersion,
      'service.instance.id': randomUUID(),
      'host.name': hostname(),
      ...config.OTEL_RESOURCE_ATTRIBUTES,
    }),
    sampler: samplerOf(config),
    spanLimits: {
      attributeCountLimit: 32,
      attributeValueLengthLimit: 256,
      eventCountLimit: 0,
      linkCountLimit: 0,
    },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: await exporterOf(config, `${endpoint}/v1/traces`),
        maxQueueSize: queueSizeMax,
        maxExportBatchSize: batchSizeMax,
        scheduledDelayMillis: batchIntervalMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  const close = async (): Promise<void> =>
    Promise.race([
      provider
        .shutdown()
        .catch((error: unknown) => log.debug({ err: error }, 'the last spans were not sent')),
      sleep(closeTimeoutMs, undefined, { ref: false }),
    ]);
  return { tracer: provider.getTracer('comfymux', packageVersion), close };
}

async function exporterOf(config: Config, url: string): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    config.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({
    url,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMillis: exportTimeoutMs,
  });
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Config): Sampler {
  const root = name.endsWith('ratio')
    ? new TraceIdRatioBasedSampler(ratio)
    : name.endsWith('off')
      ? new AlwaysOffSampler()
      : new AlwaysOnSampler();
  return name.startsWith('parentbased') ? new ParentBasedSampler({ root }) : root;
}

function complainTo(log: Logger): void {
  let quietUntilMs = 0;
  setGlobalErrorHandler((error) => {
    if (performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + complaintIntervalMs;
    log.warn(
      { reason: error instanceof Error ? error.message : JSON.stringify(error) },
      'spans could not be sent to the collector',
    );
  });
}
