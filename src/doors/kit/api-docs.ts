import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RouteOptions } from 'fastify';
import { to } from './caller/route-access.js';
import { isUnder } from './door.js';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeAnswers } from './described-answers.js';

export interface ApiDocsOptions {
  title: string;
  description: string;
  version: string;
}

/** Serves `/docs` and `/openapi.json` of all controllers of `app`; scripts and styles come from this server. Call before `app.init()`. */
export function serveApiDocs(app: NestFastifyApplication, options: ApiDocsOptions): void {
  // The original API has them, and whom it is open to may read them.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route: RouteOptions) => {
      if (isUnder(route.url, '/docs') || route.url === '/openapi.json')
        route.config = { ...route.config, access: to('read', 'catalogue') };
    });
  SwaggerModule.setup('docs', app, () => openApiDocument(app, options), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: options.title,
  });
}

export function openApiDocument(
  app: NestFastifyApplication,
  { title, description, version }: ApiDocsOptions,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .build();
  describeAnswers(app.get(ModulesContainer));
  return SwaggerModule.createDocument(app, config, { operationIdFactory: (_controller, method) => method });
}
