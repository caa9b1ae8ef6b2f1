/**
 * People and programs whom an OpenID provider vouches for, by the JSON Web Token that they show. Its keys are fetched when a token is
 * first seen and kept by `jose`, which fetches anew for a key that it does not know.
 */
import { Inject, Injectable } from '@nestjs/common';
import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { parseUrl } from '../../../platform/outside-text/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import {
  type Bearer,
  type Claims,
  defaultTenantId,
  digestName,
  grantOf,
  type Identity,
  personOf,
  type Principal,
} from '../domain/index.js';
import { DatabaseTime } from '../links/database-time.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { providerFetch } from './provider-fetch.js';

/** Signatures alone: a token "signed" by a shared secret, or by nothing, is none. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const timeoutMs = 5_000;
const tokenLengthMax = 16_384;
const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

@Injectable()
export class People {
  private keys: Promise<JWTVerifyGetKey> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'OIDC_ISSUER' | 'OIDC_AUDIENCE' | 'OIDC_GRANTS'>,
    @Inject(DatabaseTime) private readonly time: DatabaseTime,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Null for a token of anybody else, which counts as none. Faults: unauthorized, forbidden (known, but granted nothing), overloaded. */
  async principalOf(token: string): Promise<Principal | null> {
    const { OIDC_ISSUER: issuer } = this.config;
    if (issuer === undefined || issuerOf(token) !== issuer) return null;
    const claims = await this.verified(token, issuer);
    const person = this.personWith(claims.sub ?? '', claims);
    if (!person)
      throw new Fault('forbidden', 'Nothing is granted to whom this token names: OIDC_GRANTS says what is.');
    const bearer = { id: `bearer:${digestName(token)}`, endsAtMs: (claims.exp ?? 0) * 1000 };
    return { ...person, pass: this.passOf(bearer) };
  }

  /** Who showed a token before; null when it has ended since. */
  async stillOf(person: Principal, bearer: Bearer): Promise<Principal | null> {
    const pass = this.passOf(bearer);
    return (await pass.isGood()) ? { ...person, pass } : null;
  }

  /** Who logged in by way of the provider, with what is granted now; null where that is nothing, or where another provider is asked by now. */
  granted({ issuer, subject, claims }: Identity): Principal | null {
    return issuer === this.config.OIDC_ISSUER ? this.personWith(subject, claims) : null;
  }

  private personWith(subject: string, claims: Claims): Principal | null {
    const grant = grantOf(this.config.OIDC_GRANTS, claims);
    const isThere = grant && (grant.tenantId === defaultTenantId || this.tenants.find(grant.tenantId));
    return grant && isThere ? personOf(subject, grant) : null;
  }

  private passOf(bearer: Bearer): NonNullable<Principal['pass']> {
    return { kind: 'bearer', ...bearer, isGood: async () => this.time.nowMs() < bearer.endsAtMs };
  }

  private async verified(token: string, issuer: string): Promise<JWTPayload> {
    const keys = await this.keysOf(issuer);
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience: this.config.OIDC_AUDIENCE,
        algorithms,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(this.time.nowMs()),
      });
      return payload;
    } catch (error) {
      if (!isOfTheToken(error)) throw this.away(error);
      throw new Fault(
        'unauthorized',
        'The token has ended, is not for this service, or was not signed by the provider.',
      );
    }
  }

  private async keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    this.keys ??= jwksOf(issuer);
    try {
      return await this.keys;
    } catch (error) {
      this.keys = undefined;
      throw this.away(error);
    }
  }

  private away(error: unknown): Fault {
    this.log.warn({ err: error }, 'the keys of the OpenID provider cannot be fetched');
    return new Fault('overloaded', 'The OpenID provider does not answer.', undefined, {
      retryAfterSeconds: 5,
    });
  }
}

/** As it says of itself: whether it is so is found out later. */
function issuerOf(token: string): string | undefined {
  if (token.length > tokenLengthMax) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** And not of the provider, which cannot be asked. */
const isOfTheToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  error.code !== 'ERR_JOSE_GENERIC';

async function jwksOf(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await providerFetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  const metadata = metadataSchema.parse(await answer.json());
  if (metadata.issuer !== issuer) throw new Error(`${address} is of another issuer`);
  const keys = parseUrl(metadata.jwks_uri);
  if (!keys) throw new Error(`${address} names no address of keys`);
  return createRemoteJWKSet(keys, { timeoutDuration: timeoutMs, [customFetch]: providerFetch });
}
