import type { Config } from '../config/index.js';
import type { Logger } from '../logging/index.js';
import { Tracing } from './tracing.js';

/** Loads the OpenTelemetry SDK only when there is a collector to send to. */
export async function openTracing(config: Config, log: Logger): Promise<Tracing> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return new Tracing();
  const { openOtlpSink } = await import('./otlp-sink.js');
  return new Tracing(await openOtlpSink(config, endpoint, log));
}
