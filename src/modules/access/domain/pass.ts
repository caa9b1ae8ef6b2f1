/**
 * What stands for a credential that was shown before: the cookie of a browser that has logged in, and tokens of one use. A text of
 * 256 random bits, of which the hash alone is kept.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Principal } from './principal.js';
import { rights, roles } from './roles.js';

/** Somebody whom an OpenID provider vouched for, and what it claimed then of what grants ask about. */
export interface Identity {
  issuer: string;
  /** The provider's name for them, which it never gives to another, as `subjectName` writes it. */
  subject: string;
  claims: Record<string, string[]>;
}

/**
 * Whom it stands for: a key, which may end before; somebody whom a provider vouched for, who may what is granted now; a person as
 * they were, as long as what they showed is good; who has logged in, until they log out; or nobody who showed anything.
 */
export type Holder =
  | { keyId: string }
  | { identity: Identity }
  | { person: Principal; bearer?: Bearer }
  | { loginHash: string }
  | { nobody: true };

export interface Bearer {
  id: string;
  endsAtMs: number;
}

const personIn = z.object({
  id: z.string(),
  kind: z.literal('person'),
  keyId: z.null(),
  tenantId: z.string(),
  role: z.enum(roles).nullable(),
  rights: z.array(z.enum(rights)),
  scopes: z.object({ doors: z.null(), workflows: z.null(), networks: z.null() }),
});
const holder = z.union([
  z.object({ keyId: z.string() }),
  z.object({
    identity: z.object({
      issuer: z.string(),
      subject: z.string(),
      claims: z.record(z.string(), z.array(z.string())),
    }),
  }),
  z.object({ person: personIn, bearer: z.object({ id: z.string(), endsAtMs: z.number() }).optional() }),
  z.object({ loginHash: z.string() }),
  z.object({ nobody: z.literal(true) }),
]);

/** As it is kept; null for what stands for nobody whom we could name. */
export const holderIn = (value: unknown): Holder | null => (holder.safeParse(value).data as Holder) ?? null;

export type PassKind = 'login' | 'token';

const prefixes: Record<PassKind, string> = { login: 'cml_', token: 'cmt_' };
const pattern = /^cm[lt]_[\w-]{43}$/;

/** Of 32 random bytes. */
export const passOf = (kind: PassKind, random: Uint8Array): string =>
  prefixes[kind] + Buffer.from(random).toString('base64url');

/** Undefined for what is none of this kind. */
export function hashOfPass(kind: PassKind, text: string): Buffer | undefined {
  if (!text.startsWith(prefixes[kind]) || !pattern.test(text)) return undefined;
  return createHash('sha256').update(text).digest();
}

export function holderFor(principal: Principal): Holder {
  const { pass, ...person } = principal;
  if (pass?.kind === 'login') return { loginHash: pass.hash };
  if (principal.kind === 'key' && principal.keyId !== null) return { keyId: principal.keyId };
  if (principal.kind !== 'person') return { nobody: true };
  return { person, ...(pass && { bearer: { id: pass.id, endsAtMs: pass.endsAtMs } }) };
}
