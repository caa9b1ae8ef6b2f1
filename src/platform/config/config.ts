/** The only reader of the environment. Pure: it opens nothing, makes no folder and starts no program. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import type { AnonymousAccess } from './access.schema.js';
import { type Environment, environmentSchema } from './schema.js';
import { redactUrl } from './urls.js';

/** Injection token of the process's `Config`. */
export const CONFIG = Symbol('Config');

export type Config = Readonly<
  Omit<Environment, 'AUTH' | 'AUTH_ANONYMOUS' | 'SIMULATE' | 'STORAGE_URL'> & {
    AUTH: 'auto' | 'on' | 'off';
    /** Null lets nobody in without a credential. */
    AUTH_ANONYMOUS: AnonymousAccess | null;
    STORAGE_URL: string;
    /** Whether simulated nodes run beside this service. */
    SIMULATE: boolean;
  }
>;

/** `message` names every mistake, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n  ${mistakes.join('\n  ')}`,
    );
  }
}

/** Paths in the answer are absolute. An empty variable counts as absent. Throws `ConfigError`. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    // AUTH_ANONYMOUS alone says something when it is empty: nobody.
    Object.entries(env).filter(
      ([name, value]) => value !== undefined && (value.trim() !== '' || name === 'AUTH_ANONYMOUS'),
    ),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => describeIssue(issue, given)));
  const mistakes = crossFieldMistakes(parsed.data);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return complete(parsed.data);
}

/** As the original API always was. */
const everybodysTenant: AnonymousAccess = { tenantId: 'default', role: 'submit' };

function complete(environment: Environment): Config {
  const dataDir = resolve(environment.DATA_DIR);
  const auth = environment.AUTH ?? (environment.NODE_ENV === 'production' ? 'on' : 'auto');
  const anonymous = environment.AUTH_ANONYMOUS;
  return {
    ...environment,
    AUTH: auth,
    AUTH_ANONYMOUS: anonymous === undefined && auth === 'auto' ? everybodysTenant : (anonymous ?? null),
    ...(environment.ADMIN_KEY_FILE !== undefined && { ADMIN_KEY_FILE: resolve(environment.ADMIN_KEY_FILE) }),
    ...(environment.METRICS_KEY_FILE !== undefined && {
      METRICS_KEY_FILE: resolve(environment.METRICS_KEY_FILE),
    }),
    DATA_DIR: dataDir,
    WORKFLOWS_DIR: resolve(environment.WORKFLOWS_DIR),
    ...(environment.NODES_FILE !== undefined && { NODES_FILE: resolve(environment.NODES_FILE) }),
    STORAGE_URL: environment.STORAGE_URL ?? pathToFileURL(resolve(dataDir, 'storage')).href,
    SIMULATE:
      environment.SIMULATE === 'on' || (environment.SIMULATE === 'auto' && mayHaveNoNodes(environment)),
  };
}

function mayHaveNoNodes(environment: Environment): boolean {
  const { NODES, NODES_KUBERNETES, NODES_DNS, NODES_FILE, NODE_ENV, DISPATCH } = environment;
  const lists = [NODES, NODES_KUBERNETES, NODES_DNS];
  const isTrial = NODE_ENV !== 'production' && DISPATCH === 'on';
  return isTrial && lists.every((list) => list.length === 0) && NODES_FILE === undefined;
}

function crossFieldMistakes(environment: Environment): string[] {
  const { PORT, NATIVE_PORT, LEASE_RENEW_INTERVAL_MS, LEADER_LEASE_MS, REPLICA_LEASE_MS } = environment;
  const mistakes: string[] = [];
  if (PORT === NATIVE_PORT && PORT !== 0) mistakes.push(`PORT and NATIVE_PORT are both ${PORT}`);
  if (environment.STORAGE_PRESIGNED_DOWNLOADS === 'on' && environment.STORAGE_URL?.startsWith('s3:') !== true)
    mistakes.push('STORAGE_PRESIGNED_DOWNLOADS needs a STORAGE_URL that begins with s3:');
  const shortestLeaseMs = Math.min(LEADER_LEASE_MS, REPLICA_LEASE_MS);
  if (LEASE_RENEW_INTERVAL_MS * 2 > shortestLeaseMs) {
    mistakes.push('LEASE_RENEW_INTERVAL_MS must be at most half of LEADER_LEASE_MS and of REPLICA_LEASE_MS');
  }
  const { NODES_KUBERNETES, KUBERNETES_API_URL, KUBERNETES_SERVICE_HOST } = environment;
  if (NODES_KUBERNETES.length > 0 && !KUBERNETES_API_URL && !KUBERNETES_SERVICE_HOST) {
    mistakes.push('NODES_KUBERNETES needs a Kubernetes API: run in a pod, or set KUBERNETES_API_URL');
  }
  return [...mistakes, ...mistakesOfLogins(environment)];
}

function mistakesOfLogins(environment: Environment): string[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = environment;
  if (OIDC_CLIENT_ID !== undefined && OIDC_ISSUER === undefined)
    return ['OIDC_CLIENT_ID needs an OIDC_ISSUER'];
  return OIDC_CLIENT_SECRET !== undefined && OIDC_CLIENT_ID === undefined
    ? ['OIDC_CLIENT_SECRET needs an OIDC_CLIENT_ID']
    : [];
}

function describeIssue(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0] ?? '');
  const value = given[name];
  const shown = value === undefined || mayHoldCredentials(name) ? '' : ` (it is "${value}")`;
  return `${name}: ${issue.message}${shown}`;
}

const mayHoldCredentials = (name: string): boolean =>
  /_(URL|KEY|PREVIOUS|SECRET|HEADERS|ENDPOINT)$/.test(name) || name === 'NODES' || name === 'NODES_DNS';

/** What may be logged of the configuration: everything, less the credentials in URLs. */
export function printableConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      name === 'NODES'
        ? config.NODES.map((node) => `${node.name}=${redactUrl(node.url)}`)
        : /_(KEY|PREVIOUS|SECRET|HEADERS)$/.test(name)
          ? undefined
          : name === 'NODES_DNS'
            ? config.NODES_DNS.map(({ host, port }) => `${host}:${port ?? ''}`)
            : typeof value === 'string'
              ? redactUrl(value)
              : value,
    ]),
  );
}
