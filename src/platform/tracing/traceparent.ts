/** W3C Trace Context, version 00: what travels between callers, replicas and receivers of webhooks. */
import type { SpanContext } from '@opentelemetry/api';

const traceparentPattern =
  /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;
const lengthMax = 128;

/** Null for what is none; of a later version the part that this one knows. */
export function parseTraceparent(text: unknown): SpanContext | null {
  if (typeof text !== 'string' || text.length > lengthMax) return null;
  const [, traceId, spanId, flags] = traceparentPattern.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & 1}`;

export const traceIdOf = (traceparent: string | null): string | null =>
  parseTraceparent(traceparent)?.traceId ?? null;
