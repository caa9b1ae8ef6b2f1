import { BadRequestException, Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Access } from '../caller/route-access.js';
import { Fault } from '../../../platform/fault.js';
import { type DoorErrors, DoorTable } from '../door.js';
import { equipForTest, plainDoor } from '../port/port.fixture.js';
import { DoorErrorFilter } from './door-error.filter.js';
import { createHttpAdapter } from '../port/http-adapter.js';
import { schemaValidationPipe } from './problem-errors.js';
import { publicBaseUrl } from '../sites/public-base-url.js';

const thing = z.object({ name: z.string(), parts: z.array(z.object({ size: z.int() })).default([]) });

@Controller('v1')
class ThingController {
  @Access('read', 'catalogue')
  @Post('things')
  create(@Body({ schema: thing }) body: z.infer<typeof thing>) {
    return body;
  }
  @Access('read', 'catalogue')
  @Get('full')
  full() {
    throw new Fault('queue_full', 'The queue is full.', undefined, { retryAfterSeconds: 29.5 });
  }
  @Access('read', 'catalogue')
  @Get('broken')
  broken(@Query('secret') secret: string) {
    throw new Error(`internal ${secret}`);
  }
  @Access('read', 'catalogue')
  @Get('away')
  away() {
    throw Object.assign(new Error('terminating connection'), { code: '57P01' });
  }
  @Access('read', 'catalogue')
  @Get('bad')
  bad() {
    throw new BadRequestException('Not like this');
  }
  @Access('read', 'catalogue')
  @Post('raw')
  @RouteConfig({ rawBody: true })
  raw(@Body() body: Buffer) {
    return { bytes: body.length };
  }
}

@Module({ controllers: [ThingController] })
class ThingModule {}

const plainErrors: DoorErrors = {
  answer: ({ status }) => ({ status, contentType: 'text/plain', body: 'other door' }),
};
let app: NestFastifyApplication;
let base: string;
let lines: string[] = [];

beforeAll(async () => {
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const adapter = createHttpAdapter({ bodyLimitBytes: 1000 });
  app = await NestFactory.create<NestFastifyApplication>(ThingModule, adapter, { logger: false });
  const doors = new DoorTable([plainDoor({ prefixes: ['/v1'] }), plainDoor({ errors: plainErrors })]);
  equipForTest(app.getHttpAdapter().getInstance(), doors, { log });
  app.useGlobalPipes(schemaValidationPipe());
  app.useGlobalFilters(new DoorErrorFilter(doors, log));
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
});
afterAll(() => app.close());
beforeEach(() => (lines = []));

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(base + path, init);
  const body = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body,
    json: () => JSON.parse(body) as Record<string, unknown>,
  };
}

function post(path: string, body: string, type = 'application/json') {
  return ask(path, { method: 'POST', body, headers: { 'content-type': type } });
}

test('a body that does not fit its schema is told where, with a pointer to each field', async () => {
  const answer = await post('/v1/things', '{"parts":[{"size":1},{"size":"x"}]}');
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({
    type: 'urn:comfymux:error:unprocessable',
    title: 'Unprocessable Entity',
    status: 422,
    code: 'unprocessable',
    errors: [
      { pointer: '/name', detail: expect.stringContaining('string') as string },
      { pointer: '/parts/1/size', detail: expect.any(String) as string },
    ],
  });
});

test.each([
  ['broken JSON', '{', 'application/json', 400, 'invalid_request'],
  ['another media type', 'a=1', 'application/x-www-form-urlencoded', 400, 'unsupported_media'],
  [
    'a body over the limit',
    JSON.stringify({ name: 'x'.repeat(2000) }),
    'application/json',
    413,
    'payload_too_large',
  ],
])('%s is refused', async (_what, body, type, status, code) => {
  expect((await post('/v1/things', body, type)).json()).toMatchObject({ status, code });
});

test('a route that asks for raw bytes gets them, whatever they are', async () => {
  for (const type of [
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'image/png',
    'application/vnd.x+json',
  ]) {
    expect((await post('/v1/raw', '{bad', type)).json()).toEqual({ bytes: 4 });
  }
});

test('a refusal keeps its status, and says when to come back', async () => {
  const full = await ask('/v1/full');
  expect([full.status, full.headers.get('retry-after')]).toEqual([429, '30']);
  expect((await ask('/v1/bad')).json()).toMatchObject({ status: 400, detail: 'Not like this' });
  expect((await ask('/v1/nowhere')).json()).toMatchObject({ status: 404, code: 'not_found' });
});

test('a database that is away is 503', async () => {
  const answer = await ask('/v1/away');
  expect([answer.status, answer.json()['code'], answer.headers.get('retry-after')]).toEqual([
    503,
    'database_unavailable',
    '5',
  ]);
  const line = JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
  expect(line).toMatchObject({ level: 40, code: 'database_unavailable', path: '/v1/away' });
  expect(line).not.toHaveProperty('err');
});

test('what is our fault stays inside and is logged under the id the caller reads; queries stay out of the log', async () => {
  const answer = await ask('/v1/broken?secret=hunter2', { headers: { 'x-request-id': 'r-1' } });
  expect(answer.json()).toMatchObject({
    status: 500,
    code: 'internal',
    detail: 'Something went wrong on our side.',
  });
  expect(answer.headers.get('x-request-id')).toBe('r-1');
  const [failure, access] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(failure).toMatchObject({
    requestId: 'r-1',
    path: '/v1/broken',
    err: { message: 'internal hunter2' },
  });
  expect(access).toMatchObject({ requestId: 'r-1', method: 'GET', path: '/v1/broken', status: 500 });
});

test('a request id that is no plain word is replaced', async () => {
  const answer = await ask('/v1/bad', { headers: { 'x-request-id': 'a b"c' } });
  expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test('each door words the errors of its own paths', async () => {
  expect((await ask('/v1x')).body).toBe('other door');
  expect((await ask('/%zz')).json()).toEqual({ detail: 'The URL is not valid.' });
});

test('the public address is what the operator said, else what the request was made to', () => {
  const request = { protocol: 'http', host: 'inside:5014' };
  expect(publicBaseUrl('https://videos.example/', request)).toBe('https://videos.example');
  expect(publicBaseUrl(undefined, request)).toBe('http://inside:5014');
  const forged = { protocol: 'javascript', host: 'evil.example/"><script>' };
  expect(publicBaseUrl(undefined, forged)).toBe('http://localhost');
});
