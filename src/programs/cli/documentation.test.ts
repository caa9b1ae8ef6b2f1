import { expect, it } from 'vitest';
import { candidates } from './commands/completion.js';
import { nameOf } from './commands/results.js';
import { valueFor } from './commands/run-inputs.js';
import { documentationOf } from './documentation.js';
import { failureOf } from './failure.js';
import { createProgram } from './program.js';
import { stringify } from 'lossless-json';

it('docs/cli.md tells every command as it is', async () => {
  await expect(documentationOf(createProgram())).toMatchFileSnapshot('../../../docs/cli.md');
});

it('completes commands and options', () => {
  const program = createProgram();
  expect(candidates(program, ['jo'])).toEqual(['jobs']);
  expect(candidates(program, ['jobs', ''])).toEqual(expect.arrayContaining(['ls', 'why', 'cancel']));
  expect(candidates(program, ['jobs', 'ls', '--ten'])).toEqual(['--tenant']);
  expect(candidates(program, ['jobs', 'ls', '--js'])).toEqual(['--json']);
  expect(candidates(program, [''])).not.toContain('complete');
});

it('names files by what is left of their names: none leads elsewhere', () => {
  expect(nameOf('../../etc/passwd')).toBe('passwd');
  expect(nameOf('..\\..\\boot.ini')).toBe('boot.ini');
  expect(nameOf('.bashrc')).toBe('bashrc');
  expect(nameOf('\u001b[2J\u0000a:b|c.png')).toBe('__2J_a_b_c.png');
  expect(nameOf('')).toBe('result');
  expect(nameOf('..')).toBe('result');
  expect(nameOf(`${'x'.repeat(10_000)}.png`).length).toBe(120);
});

it('sends numbers with all their digits, and what is none as text', () => {
  expect(stringify(valueFor('integer', '18446744073709551615'))).toBe('18446744073709551615');
  expect(valueFor(['number', 'null'], '1.5')).toBe(1.5);
  expect(valueFor('boolean', 'true')).toBe(true);
  expect(valueFor('string', '12')).toBe('12');
  expect(valueFor('integer', 'many')).toBe('many');
});

it('gives each kind of refusal its exit code, with the places that do not fit', () => {
  expect(failureOf(422, { detail: 'no', errors: [{ pointer: '/a', detail: 'b' }] })).toMatchObject({
    exitCode: 6,
    message: 'no (/a: b)',
  });
  expect(failureOf(401, null).exitCode).toBe(4);
  expect(failureOf(404, 'text').exitCode).toBe(5);
  expect(failureOf(503, { detail: 7 })).toMatchObject({ exitCode: 7, message: 'the server answered 503' });
  expect(failureOf(500, {}).exitCode).toBe(3);
});
