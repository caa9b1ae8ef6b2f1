import { StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { compatErrors, installCompat5014 } from './doors/compat-5014/index.js';
import {
  createHttpAdapter,
  OpenPorts,
  doorOfMainPort,
  DoorErrorFilter,
  logAccess,
  problemErrors,
  RequestMetrics,
  schemaValidationPipe,
  serveApiDocs,
  traceRequests,
} from './doors/kit/index.js';
import { NestLogger } from './platform/logging/index.js';
import type { PlatformModuleOptions } from './platform/platform.module.js';
import { Tracing } from './platform/tracing/index.js';
import { packageVersion } from './platform/version.js';

/** The service, ready to listen. */
export async function createApp(options: PlatformModuleOptions): Promise<NestFastifyApplication> {
  const adapter = createHttpAdapter({ bodyLimitBytes: options.config.MAX_BODY_BYTES });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(options), adapter, {
    logger: new NestLogger(options.log),
    abortOnError: false,
  });
  const instance = adapter.getInstance();
  app.get(OpenPorts).add(instance);
  logAccess(instance, options.log);
  app.get(RequestMetrics).observe(instance, doorOfMainPort);
  traceRequests(instance, app.get(Tracing), doorOfMainPort);
  installCompat5014(app, { otherDoors: ['/v1', '/livez', '/readyz', '/metrics'] });
  app.useGlobalFilters(new DoorErrorFilter([compatErrors, problemErrors], options.log));
  app.useGlobalPipes(schemaValidationPipe());
  app.useGlobalInterceptors(new StandardSchemaSerializerInterceptor(app.get(Reflector)));
  serveApiDocs(app, {
    title: 'ComfyMux',
    description:
      'One ComfyUI out of many: the original Wan2.2 image-to-video API, and jobs, workflows and nodes of the cluster.',
    version: packageVersion,
  });
  return app;
}
