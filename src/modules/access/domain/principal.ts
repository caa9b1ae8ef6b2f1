/** Who asks, as far as decisions go: whatever credential it came with, and whichever door it came in by. */
import type { Right, Role } from './roles.js';

/** What narrows a key beside its role; null leaves it open. */
export interface Scopes {
  /** Names of doors. */
  doors: readonly string[] | null;
  /** Names of workflows. */
  workflows: readonly string[] | null;
  /** Addresses and networks that it may be used from. */
  networks: readonly string[] | null;
}

export const noScopes: Scopes = { doors: null, workflows: null, networks: null };

export interface Principal {
  /** In the record; null for who has none: the local operator, the anonymous, everybody while AUTH is off. */
  id: string | null;
  /** How it came to be known; a `person` is one whom an OpenID provider vouches for. */
  kind: 'key' | 'person' | 'link' | 'local' | 'anonymous' | 'everybody' | 'nobody';
  /** Public part of the key that was shown. */
  keyId: string | null;
  tenantId: string;
  /** Null may do nothing. */
  role: Role | null;
  rights: readonly Right[];
  scopes: Scopes;
  /** For who came by something that ends by itself. */
  pass?: Pass;
}

export type Pass = {
  /** Nothing that could be shown. */
  id: string;
  isGood: () => Promise<boolean>;
} & (
  | { kind: 'login'; /** In hex, as it is kept. */ hash: string }
  | { kind: 'bearer'; /** By the clock of the database. */ endsAtMs: number }
);

export const defaultTenantId = 'default';

const unnamed = { id: null, keyId: null, tenantId: defaultTenantId, rights: [], scopes: noScopes };

/** No credential, and nothing is open to it. */
export const nobody: Principal = { ...unnamed, kind: 'nobody', role: null };
/** Whoever sits at this machine. */
export const localOperator: Principal = { ...unnamed, kind: 'local', role: 'admin' };
/** Everybody, where an operator turned authentication off. */
export const everybody: Principal = { ...unnamed, kind: 'everybody', role: 'admin' };

/** Whoever has a link to one result, and asks for that one. `keyId` is of the key that vouches for the link. */
export const linkHolder = (keyId: string | null): Principal => ({
  ...unnamed,
  kind: 'link',
  keyId,
  role: 'read',
});

export const anonymous = (tenantId: string, role: Role): Principal => ({
  ...unnamed,
  kind: 'anonymous',
  tenantId,
  role,
});
