/** All routes of ComfyUI's own API. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { FileRoutes } from './http/file.routes.js';
import { HistoryRoutes } from './http/history.routes.js';
import { InfoRoutes } from './http/info.routes.js';
import { InternalRoutes } from './http/internal.routes.js';
import { PromptRoutes } from './http/prompt.routes.js';
import { ProxyRoutes } from './http/proxy.routes.js';
import { UserRoutes } from './http/user.routes.js';

@Injectable()
export class NativeRoutes {
  constructor(
    @Inject(PromptRoutes) private readonly prompts: PromptRoutes,
    @Inject(HistoryRoutes) private readonly history: HistoryRoutes,
    @Inject(InfoRoutes) private readonly info: InfoRoutes,
    @Inject(FileRoutes) private readonly files: FileRoutes,
    @Inject(InternalRoutes) private readonly internal: InternalRoutes,
    @Inject(UserRoutes) private readonly users: UserRoutes,
    @Inject(ProxyRoutes) private readonly proxy: ProxyRoutes,
  ) {}

  register(server: FastifyInstance): void {
    for (const routes of [
      this.prompts,
      this.history,
      this.info,
      this.files,
      this.internal,
      this.users,
      this.proxy,
    ])
      routes.register(server);
  }
}
