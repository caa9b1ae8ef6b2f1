import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { answerCors, isLetIn } from './cors.js';

function headersFor(origin: string): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  const reply = { headers: (more: object) => Object.assign(told, more) } as unknown as FastifyReply;
  answerCors(
    { kind: 'one', origin },
    { headers: { origin: 'https://page.example' } } as FastifyRequest,
    reply,
  );
  return told;
}

it('lets the pages of one origin send credentials, and never those of all', () => {
  expect(headersFor('https://ui.example')).toMatchObject({
    'access-control-allow-origin': 'https://ui.example',
    'access-control-allow-credentials': 'true',
  });
  const all = headersFor('*');
  expect(all['access-control-allow-origin']).toBe('*');
  expect(all).not.toHaveProperty('access-control-allow-credentials');
});

it.each([
  ['GET', undefined, true],
  ['POST', 'https://ui.example', true],
  ['POST', 'https://page.example', false],
  ['DELETE', undefined, false],
])('lets in by its site: %s from %s: %s', (method, origin, expected) => {
  const asked = { method, headers: { origin } } as FastifyRequest;
  expect(isLetIn({ kind: 'one', origin: 'https://ui.example' }, asked)).toBe(expected);
  expect(isLetIn({ kind: 'one', origin: '*' }, asked)).toBe(true);
  expect(isLetIn({ kind: 'none' }, asked)).toBe(false);
});
