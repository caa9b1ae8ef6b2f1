/** OpenTelemetry's own variables, by its names. docs/tracing.md tells what is sent. */
import { z } from 'zod';
import { pairs, url } from './kinds.js';

export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe(
      'Base URL of an OpenTelemetry collector (OTLP over HTTP, usually port 4318); without it nothing is traced.',
    ),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'])
    .default('http/protobuf')
    .describe('How spans are encoded.'),
  OTEL_EXPORTER_OTLP_HEADERS: pairs
    .default({})
    .describe('Headers sent to the collector, `name=value` comma separated; for its credentials.'),
  OTEL_SERVICE_NAME: z.string().max(255).default('comfymux').describe('Name of this service in traces.'),
  OTEL_RESOURCE_ATTRIBUTES: pairs
    .default({})
    .describe('More about this process for its traces, `name=value` comma separated.'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe("Which traces are kept; `parentbased_…` follows the caller's decision when there is one."),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces that the samplers by ratio keep.'),
};
