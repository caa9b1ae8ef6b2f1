/** Text from outside may be as long as a body: no expression may take more time than the text has characters, times a constant. */
import { checkSync } from 'recheck';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { findInSources } from './sources.js';

/** Expressions that only see short text of our own. */
const onlyOwnText: Record<string, string> = {
  'src/programs/simulator/wire/json-write.ts /0+$/': 'a number with twenty decimals',
};

/** What the checker only tries at random it tries in the same way each time, and counts steps: a busy machine would make any expression slow. */
const trials = { randomSeed: 1, seedingTimeout: null, incubationTimeout: null, attackTimeout: null };

const literals = findInSources((node) => (ts.isRegularExpressionLiteral(node) ? node.text : undefined));

test('the sources have expressions to look at', () => {
  expect(literals.length).toBeGreaterThan(100);
});

test.each(literals.map(({ file, text }) => `${file} ${text}`).filter((name) => !(name in onlyOwnText)))(
  '%s takes linear time',
  (name) => {
    const [, source = '', flags = ''] = /^\S+ \/(.*)\/([a-z]*)$/s.exec(name) ?? [];
    const verdict = checkSync(source, flags, { timeout: 120_000, ...trials });
    expect(verdict.status, JSON.stringify(verdict)).toBe('safe');
  },
);

test('an expression is made of a text only where that text is our own', () => {
  const made = findInSources((node) =>
    ts.isNewExpression(node) && node.expression.getText() === 'RegExp' ? node.getText() : undefined,
  );
  expect(made.map(({ file }) => file)).toEqual(['src/programs/simulator/http/router.ts']);
});

test('the check knows a slow one', () => {
  expect(checkSync(String.raw`^\d+\.?\d*$`, '').status).toBe('vulnerable');
});
