/** What people and programs may do whom an OpenID provider vouches for: by what it claims of them. The first grant that fits counts. */
import { digestName } from './digests.js';
import { noScopes, type Principal } from './principal.js';
import type { Role } from './roles.js';

export interface Grant {
  /** Name of the claim; `*` fits everybody whom the provider knows. */
  claim: string;
  /** What the claim must be, or have among its values. */
  value: string;
  tenantId: string;
  role: Role;
}

export type Claims = Readonly<Record<string, unknown>>;

export const grantOf = (grants: readonly Grant[], claims: Claims): Grant | undefined =>
  grants.find(({ claim, value }) => claim === '*' || valuesOf(claims, claim).includes(value));

/** Of what is claimed, that which grants ask about: what is to be known of somebody later on, whatever else the provider tells. */
export function claimsAskedFor(grants: readonly Grant[], claims: Claims): Record<string, string[]> {
  const asked = new Map<string, Set<string>>();
  for (const { claim, value } of grants) {
    if (claim === '*' || !valuesOf(claims, claim).includes(value)) continue;
    asked.set(claim, (asked.get(claim) ?? new Set()).add(value));
  }
  return Object.fromEntries([...asked].map(([claim, values]) => [claim, [...values]]));
}

/** Its own members alone: a claim may be called like what every object has. */
function valuesOf(claims: Claims, name: string): string[] {
  const value: unknown = Object.hasOwn(claims, name) ? claims[name] : undefined;
  // OAuth's scope is one text with spaces.
  if (typeof value === 'string') return name === 'scope' ? value.split(' ') : [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** `subject` is the provider's name for the person, which it never gives to another. */
export const personOf = (subject: string, { tenantId, role }: Grant): Principal => ({
  id: `oidc:${subjectName(subject)}`,
  kind: 'person',
  keyId: null,
  tenantId,
  role,
  rights: [],
  scopes: noScopes,
});

/** Plain where the record and a log can hold it as it is. */
export const subjectName = (subject: string): string =>
  /^[\w.@:|/+=-]{1,128}$/.test(subject) ? subject : digestName(subject);
