/** A port for tests: doors on a server of their own, with everything that every request meets. */
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { type Config, loadConfig } from '../../../platform/config/index.js';
import { createLogger, type Logger } from '../../../platform/logging/index.js';
import { Tracing } from '../../../platform/tracing/index.js';
import { type AuditStore, localOperator } from '../../../modules/access/index.js';
import { BodyBudget } from '../bodies/body-budget.js';
import { Gate } from '../caller/gate.js';
import { bearerOnly, callerByAddress, type Door, DoorTable } from '../door.js';
import { problemErrors } from '../errors/problem-errors.js';
import { crossSiteRefusal } from '../sites/cross-site.js';
import { RateLimits } from '../rates/rate-limits.js';
import type { StreamLimits } from '../rates/stream-limits.js';
import { addHooks } from './hooks.js';
import { RequestMetrics } from './request.metrics.js';

export interface PortSettings {
  log?: Logger;
  config?: Partial<Config>;
  registry?: Registry;
  streams?: StreamLimits;
}

export function equipForTest(
  server: FastifyInstance,
  doors: DoorTable,
  {
    log = createLogger({ level: 'silent' }),
    config = {},
    registry = new Registry(),
    streams = { enter: async () => undefined },
  }: PortSettings = {},
): void {
  const whole = { ...loadConfig({}), ...config };
  addHooks(server, doors, {
    config: whole,
    gate: gateForTest(whole),
    audit: { begin: async () => '1', end: async () => undefined } as unknown as AuditStore,
    log,
    metrics: new RequestMetrics(registry),
    tracing: new Tracing(),
    bodies: new BodyBudget(whole.MAX_BODIES_BYTES),
    rates: new RateLimits(whole, { liveIds: ['one'] }, registry),
    streams,
  });
}

/** Everybody is the local operator. */
const gateForTest = (config: Config): Gate =>
  new Gate(
    config,
    { principalOf: async () => localOperator },
    { of: () => undefined },
    { watch: () => undefined },
  );

/** A door that takes everything and lets nobody in from other sites. */
export function plainDoor(changes: Partial<Door> = {}): Door {
  return {
    name: 'plain',
    label: 'plain',
    ports: ['main'],
    prefixes: ['/'],
    errors: problemErrors,
    cors: () => ({ kind: 'none' }),
    keepsOut: crossSiteRefusal,
    callerOf: callerByAddress,
    access: bearerOnly,
    quietPaths: [],
    finish: () => undefined,
    bodies: 'json',
    register: () => undefined,
    sockets: null,
    ...changes,
  };
}
