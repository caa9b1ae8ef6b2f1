import { StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { apiV2Document, apiV2Door, apiV2OnNativePort } from './doors/api-v2/index.js';
import { compatDoor } from './doors/compat-5014/index.js';
import { consoleDoor } from './doors/console/index.js';
import {
  adapterOptions,
  createHttpAdapter,
  type Door,
  DoorErrorFilter,
  DoorPorts,
  doorsOn,
  schemaValidationPipe,
  serveApiDocs,
} from './doors/kit/index.js';
import { loginDoor } from './doors/login/index.js';
import { mcpDoor } from './doors/mcp/index.js';
import { nativeDoor } from './doors/native/index.js';
import { openAiDoor } from './doors/openai/index.js';
import { opsDoor } from './doors/ops/index.js';
import { v1Door, withTypedEndpoints } from './doors/v1/index.js';
import { WorkflowCatalogue } from './modules/workflows/index.js';
import { NestLogger } from './platform/logging/index.js';
import type { PlatformModuleOptions } from './platform/platform.module.js';
import { packageVersion } from './platform/version.js';

/** Every way in. A door that is added here has its limits, hooks, metrics, log lines and shutdown (docs/adding-a-door.md). */
export const allDoors: readonly Door[] = [
  compatDoor,
  consoleDoor,
  loginDoor,
  v1Door,
  apiV2Door,
  openAiDoor,
  mcpDoor,
  opsDoor,
  nativeDoor,
  apiV2OnNativePort,
];

/** The service, ready to listen. */
export async function createApp(
  options: PlatformModuleOptions,
  doors: readonly Door[] = allDoors,
): Promise<NestFastifyApplication> {
  const { config, log } = options;
  const main = doorsOn(doors, 'main');
  const adapter = createHttpAdapter(adapterOptions(config, main, log));
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(options, doors), adapter, {
    logger: new NestLogger(log),
    abortOnError: false,
  });
  app.get(DoorPorts).equip('main', adapter.getInstance());
  app.useGlobalFilters(new DoorErrorFilter(main, log));
  app.useGlobalPipes(schemaValidationPipe());
  app.useGlobalInterceptors(new StandardSchemaSerializerInterceptor(app.get(Reflector)));
  serveApiDocs(app, {
    title: 'ComfyMux',
    description:
      'One ComfyUI out of many: the original Wan2.2 image-to-video API, and jobs, workflows and nodes of the cluster.',
    version: packageVersion,
    parts: [apiV2Document],
    complete: (document) =>
      withTypedEndpoints(document, app.get(WorkflowCatalogue, { strict: false }).list()),
  });
  return app;
}
