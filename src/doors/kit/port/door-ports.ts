/**
 * The ports and the doors that stand on each. The main one is Nest's own server; any other is opened here from the same parts,
 * when every provider is ready.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import multipart from '@fastify/multipart';
import { AuditStore, OpenStreams } from '../../../modules/access/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Tracing } from '../../../platform/tracing/index.js';
import { type Door, DoorTable, type Get, type PortName } from '../door.js';
import { answerError } from '../errors/door-error.filter.js';
import { BodyBudget } from '../bodies/body-budget.js';
import { addHooks } from './hooks.js';
import { createHttpAdapter, type HttpAdapterOptions } from './http-adapter.js';
import { OpenPorts } from './open-ports.js';
import { RequestMetrics } from './request.metrics.js';
import { takeSockets } from './sockets.js';
import { RateLimits } from '../rates/rate-limits.js';
import { Gate } from '../caller/gate.js';
import { trustOf } from '../sites/trusted-hops.js';

export const DOORS = Symbol('Doors');

@Injectable()
export class DoorPorts implements OnApplicationBootstrap {
  private readonly bodies: BodyBudget;
  private readonly get: Get = <T>(provider: Type<T>): T => this.modules.get(provider, { strict: false });

  constructor(
    @Inject(DOORS) private readonly doors: readonly Door[],
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(OpenPorts) private readonly ports: OpenPorts,
    @Inject(RequestMetrics) private readonly metrics: RequestMetrics,
    @Inject(Tracing) private readonly tracing: Tracing,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    this.bodies = new BodyBudget(config.MAX_BODIES_BYTES);
  }

  doorsOn(port: PortName): DoorTable {
    return doorsOn(this.doors, port);
  }

  /** Before the server listens: hooks of every request, and the doors' own routes. */
  equip(port: PortName, server: FastifyInstance): void {
    const doors = this.doorsOn(port);
    const { config, log, metrics, tracing, bodies } = this;
    this.ports.add(server);
    const [gate, audit, rates] = [this.get(Gate), this.get(AuditStore), this.get(RateLimits)];
    const streams = this.get(OpenStreams);
    addHooks(server, doors, { config, gate, audit, log, metrics, tracing, bodies, rates, streams });
    for (const door of doors.doors) door.register(server, this.get);
    takeSockets(server, doors, { config, gate, get: this.get, log, streams });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { NATIVE_PORT: port, HOST: host } = this.config;
    if (port === 0) return;
    const server = await this.build('native');
    await server.listen({ port, host });
    this.log.info(`ComfyUI's own API is served on port ${port}.`);
  }

  private async build(port: PortName): Promise<FastifyInstance> {
    const doors = this.doorsOn(port);
    const adapter = createHttpAdapter(adapterOptions(this.config, doors, this.log));
    const server = adapter.getInstance<FastifyInstance>();
    await server.register(multipart, { limits: { fileSize: Number.MAX_SAFE_INTEGER } });
    server.setErrorHandler((error, request, reply) =>
      answerError(doors, this.log, { error, request, reply }),
    );
    this.equip(port, server);
    return server;
  }
}

export function doorsOn(doors: readonly Door[], port: PortName): DoorTable {
  return new DoorTable(doors.filter(({ ports }) => ports.includes(port)));
}

/** Limits and body reading of a port, by its doors. */
export function adapterOptions(config: Config, doors: DoorTable, log: Logger): HttpAdapterOptions {
  return {
    bodyLimitBytes: config.MAX_BODY_BYTES,
    trust: trustOf(config.TRUST_PROXY),
    takesBytes: (request) => doors.of(request).bodies === 'bytes',
    onMalformedUrl: (error, request, reply) => answerError(doors, log, { error, request, reply }),
  };
}
