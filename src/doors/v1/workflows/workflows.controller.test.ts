import { fileURLToPath } from 'node:url';
import { Module, StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DoorErrorFilter, openApiDocument } from '../../kit/index.js';
import { v1Door } from '../v1.door.js';
import { createLogger } from '../../../platform/logging/index.js';
import { WorkflowsModule } from '../../../modules/workflows/workflows.module.js';
import { WorkflowsController } from './workflows.controller.js';

const directory = fileURLToPath(new URL('../../../../workflows/', import.meta.url));

@Module({ imports: [WorkflowsModule.forRoot({ directory })], controllers: [WorkflowsController] })
class TestModule {}

describe('GET /v1/workflows', () => {
  let app: NestFastifyApplication;
  let baseUrl: string;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(TestModule, new FastifyAdapter(), {
      logger: false,
    });
    app.useGlobalInterceptors(new StandardSchemaSerializerInterceptor(app.get(Reflector)));
    app.useGlobalFilters(new DoorErrorFilter({ of: () => v1Door }, createLogger({ level: 'silent' })));
    await app.listen(0, '127.0.0.1');
    baseUrl = await app.getUrl();
  });
  afterAll(() => app.close());

  const get = async (path: string) => {
    const response = await fetch(`${baseUrl}${path}`, { signal: AbortSignal.timeout(10_000) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('lists the workflows', async () => {
    const { status, body } = await get('/v1/workflows');
    expect(status).toBe(200);
    expect(body).toEqual({
      workflows: [{ name: 'wan2.2_i2v_14b_4', title: expect.any(String), description: expect.any(String) }],
    });
  });

  it('tells the inputs of one as JSON Schema, its outputs, and what it needs', async () => {
    const { status, body } = await get('/v1/workflows/wan2.2_i2v_14b_4');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'wan2.2_i2v_14b_4',
      inputs: {
        type: 'object',
        required: ['prompt', 'image'],
        properties: { width: { type: 'integer', minimum: 512, maximum: 1920, default: 1280 } },
      },
      outputs: [{ graph_node: '76', kind: 'video', title: 'Video' }],
      requirements: { models: expect.arrayContaining(['wan_2.1_vae.safetensors']) },
      max_run_ms: 7_200_000,
    });
  });

  it('answers 404 for a name it does not have, also one that names an object member', async () => {
    for (const name of ['nobody', 'constructor', '__proto__'])
      expect(await get(`/v1/workflows/${name}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('describes both routes in OpenAPI', () => {
    const { paths } = openApiDocument(app, { title: 'Test', description: '', version: '1', parts: [] });
    const answer = paths['/v1/workflows/{name}']?.get?.responses['200'];
    expect(Object.keys(paths)).toEqual(['/v1/workflows', '/v1/workflows/{name}']);
    expect(JSON.stringify(answer)).toContain('max_run_ms');
  });
});
