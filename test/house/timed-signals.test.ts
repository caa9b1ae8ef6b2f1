/** Waits end: on Node.js 20 a garbage collection may take the time-out from an `AbortSignal.any` over `AbortSignal.timeout`. */
import ts from 'typescript';
import { expect, test } from 'vitest';
import { findInSources } from './sources.js';

const signals = findInSources((node) =>
  ts.isCallExpression(node) && /^AbortSignal\.(?:any|timeout)$/.test(node.expression.getText())
    ? node.expression.getText()
    : undefined,
);

test('no file has signals that end by any of several and by a time: `signalWithin` of platform/lifecycle is both', () => {
  expect(signals.length).toBeGreaterThan(10);
  const timed = new Set(signals.filter(({ text }) => text.endsWith('timeout')).map(({ file }) => file));
  expect(signals.filter(({ file, text }) => text.endsWith('any') && timed.has(file))).toEqual([]);
});
