import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RouteOptions } from 'fastify';
import { to } from './caller/route-access.js';
import { isUnder } from './door.js';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeAnswers } from './described-answers.js';
import { tellRefusals } from './errors/documented-refusals.js';

/** The page's own script, and styles that it writes into itself. */
const policy = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
    },
  },
  // Whoever serves this behind TLS says so.
  strictTransportSecurity: false,
} as const;

/** Null where a request was refused before the plugin came to it. */
type Helmet = (options: typeof policy) => Promise<unknown>;

const nameOfMethod = (_controller: string, method: string): string => method;

export interface ApiDocsOptions {
  title: string;
  description: string;
  version: string;
}

/** Serves `/docs` and `/openapi.json` of all controllers of `app`; scripts and styles come from this server. Call before `app.init()`. */
export function serveApiDocs(app: NestFastifyApplication, options: ApiDocsOptions): void {
  const server = app.getHttpAdapter().getInstance();
  // The original API has them, and whom it is open to may read them.
  server.addHook('onRoute', (route: RouteOptions) => {
    if (isUnder(route.url, '/docs') || route.url === '/openapi.json')
      route.config = { ...route.config, access: to('read', 'catalogue') };
  });
  void server.register(helmet, { global: false });
  // At the end: the plugin comes to a request after this hook, and to its answer before.
  server.addHook('onSend', async (request, reply) => {
    const { helmet: protect } = reply as unknown as { helmet: Helmet | null };
    if (isUnder(request.url.split('?', 1)[0] ?? '', '/docs')) await protect?.(policy);
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
  return tellRefusals(SwaggerModule.createDocument(app, config, { operationIdFactory: nameOfMethod }));
}
