import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RouteOptions } from 'fastify';
import { to } from './caller/route-access.js';
import { isUnder } from './door.js';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeAnswers } from './described-answers.js';
import { type Content, ownRefusal, tellRefusals } from './errors/documented-refusals.js';
import { nameOperationsApart } from './operation-names.js';

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
  /** Adds what is only known while the service runs, to what is told to one request. */
  complete?: <T extends OpenAPIObject>(document: T) => T;
  /** Of doors whose routes are no controllers. */
  parts: readonly DocumentPart[];
}

/** What a door says of its own routes, in OpenAPI's words. */
export interface DocumentPart {
  paths: Record<string, object>;
  /** By names that no other door gives. */
  schemas: Record<string, object>;
  /** Of every refusal. */
  refusal: Content;
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
    if (isUnder(request.routeOptions.url ?? '', '/docs')) await protect?.(policy);
  });
  SwaggerModule.setup('docs', app, () => nameOperationsApart(openApiDocument(app, options)), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: options.title,
    ...(options.complete && {
      patchDocumentOnRequest: (_request, _response, document) => options.complete?.(document) ?? document,
    }),
  });
}

export function openApiDocument(
  app: NestFastifyApplication,
  { title, description, version, parts }: ApiDocsOptions,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    // Its schemas are plain JSON Schema, which Zod writes.
    .setOpenAPIVersion('3.1.0')
    .build();
  describeAnswers(app.get(ModulesContainer));
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: nameOfMethod });
  tellRefusals(document.paths, ownRefusal);
  return parts.reduce(withPart, document);
}

function withPart(document: OpenAPIObject, { paths, schemas, refusal }: DocumentPart): OpenAPIObject {
  // The document is made anew for each who asks, and the part is not.
  const own = structuredClone(paths) as OpenAPIObject['paths'];
  tellRefusals(own, () => refusal);
  const { components } = document;
  return {
    ...document,
    paths: { ...document.paths, ...own },
    components: { ...components, schemas: { ...components?.schemas, ...(schemas as Schemas) } },
  };
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
