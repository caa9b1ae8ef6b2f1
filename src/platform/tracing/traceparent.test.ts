import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent, traceIdOf } from './traceparent.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('is read and written without loss', () => {
    for (const flags of ['00', '01']) {
      const text = `00-${traceId}-${spanId}-${flags}`;
      const context = parseTraceparent(text);
      expect(context).toMatchObject({ traceId, spanId, traceFlags: Number(flags), isRemote: true });
      expect(context && formatTraceparent(context)).toBe(text);
      expect(traceIdOf(text)).toBe(traceId);
    }
  });

  it('of a later version is read as far as this one knows it', () => {
    expect(parseTraceparent(`01-${traceId}-${spanId}-03-more`)).toMatchObject({ traceId, traceFlags: 1 });
  });

  it.each([
    undefined,
    '',
    ['00'],
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-${'x'.repeat(200)}`,
    `00-${traceId}-${spanId}`,
  ])('is none: %j', (text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});
