/**
 * The one place that decides who may do what. `may` answers for one thing, `ownedBy` says the same of rows in SQL; a test holds
 * the two together. What the table does not name is denied.
 */
import type { Principal } from './principal.js';
import { hasRight, includes, type Right, type Role } from './roles.js';

export const verbs = ['read', 'submit', 'cancel', 'change'] as const;
export type Verb = (typeof verbs)[number];

/**
 * `job` is a job's life: states, times, places. `content` is what went in and came out: prompts, events, results. `catalogue` is what
 * the cluster offers, `storage` files and settings of the caller's own, `self` what everybody known may ask about itself.
 */
export const kinds = [
  'job',
  'content',
  'storage',
  'catalogue',
  'workflow',
  'node',
  'scaling',
  'tenant',
  'usage',
  'key',
  'audit',
  'metrics',
  'self',
] as const;
export type Kind = (typeof kinds)[number];

export interface Resource {
  kind: Kind;
  /** Whose it is; undefined for what is nobody's, or when no single thing is asked about. */
  tenantId?: string | undefined;
  /** Null for what runs no named workflow; undefined when no single job is asked about. */
  workflow?: string | null | undefined;
}

/** `owner` must not be told from "there is none". */
export type Verdict =
  | { ok: true }
  | { ok: false; reason: 'owner' }
  | { ok: false; reason: 'needs'; needs: string };

const needed: Record<Kind, Partial<Record<Verb, Role | 'anybody'>>> = {
  job: { read: 'read', submit: 'submit', cancel: 'submit', change: 'submit' },
  content: { read: 'read' },
  storage: { read: 'read', change: 'submit' },
  catalogue: { read: 'read' },
  workflow: { read: 'read', change: 'operator' },
  node: { read: 'operator', change: 'operator' },
  scaling: { read: 'metrics' },
  tenant: { read: 'read', change: 'admin' },
  usage: { read: 'read' },
  key: { read: 'admin', change: 'admin' },
  audit: { read: 'admin' },
  metrics: { read: 'metrics' },
  self: { read: 'anybody', change: 'anybody' },
};

/** What of other tenants a role reaches: never what is stored for them. */
const acrossTenants: Partial<Record<Kind, { role: Role; right?: Right }>> = {
  job: { role: 'operator' },
  content: { role: 'operator', right: 'sees_content' },
  tenant: { role: 'operator' },
  usage: { role: 'operator' },
};

const yes: Verdict = { ok: true };

export function may(principal: Principal, verb: Verb, resource: Resource): Verdict {
  const role = needed[resource.kind][verb];
  if (role === undefined) return { ok: false, reason: 'needs', needs: 'what nobody has' };
  if (principal.role === null) return { ok: false, reason: 'needs', needs: 'a credential' };
  if (role !== 'anybody' && !includes(principal.role, role))
    return { ok: false, reason: 'needs', needs: `the role ${role}` };
  if (!isInReach(principal, resource)) return { ok: false, reason: 'owner' };
  return isInScope(principal, resource)
    ? yes
    : { ok: false, reason: 'needs', needs: `a key for the workflow ${resource.workflow ?? '(a graph)'}` };
}

/** For whom it is denied: what would let it in. */
export const lackOf = (verdict: Extract<Verdict, { ok: false }>): string =>
  `This needs ${verdict.reason === 'needs' ? verdict.needs : 'another tenant'}.`;

function isInReach(principal: Principal, { kind, tenantId }: Resource): boolean {
  return tenantId === undefined || tenantId === principal.tenantId || reachesAll(principal, kind);
}

/** Whether things of this kind are the principal's to see whosever they are. */
export function reachesAll(principal: Principal, kind: Kind): boolean {
  // The one file that its link names, whosever it is: it lets nobody in to anything else.
  if (principal.kind === 'link') return kind === 'content';
  const across = acrossTenants[kind];
  if (across === undefined || principal.role === null || !includes(principal.role, across.role)) return false;
  return across.right === undefined || hasRight(principal, across.right);
}

function isInScope({ scopes }: Principal, { workflow }: Resource): boolean {
  if (scopes.workflows === null || workflow === undefined) return true;
  return workflow !== null && scopes.workflows.includes(workflow);
}

/** Of jobs as `alias`: those in the principal's reach. `first` is the number of the first of its two parameters. */
export const ownedBy = (alias: string, first: number): string =>
  `(($${first}::text IS NULL OR ${alias}.tenant_id = $${first}) AND ($${first + 1}::text[] IS NULL OR ${alias}.workflow = ANY ($${first + 1})))`;

/** The values of those two. */
export const ownedParameters = (
  principal: Principal,
  kind: Kind,
): [string | null, readonly string[] | null] => [
  reachesAll(principal, kind) ? null : principal.tenantId,
  principal.scopes.workflows,
];
