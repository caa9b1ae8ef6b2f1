import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { answerCors } from './cors.js';

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
