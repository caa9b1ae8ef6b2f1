/**
 * Logging in by way of an OpenID provider: authorization code with PKCE, state and nonce. What must be remembered in between is handed
 * out, so that another replica can end what this one began.
 */
import { Inject, Injectable } from '@nestjs/common';
import * as openid from 'openid-client';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { parseUrl } from '../../../platform/outside-text/index.js';
import { type Claims, claimsAskedFor, type Identity, subjectName } from '../domain/index.js';
import { DatabaseTime } from '../links/database-time.js';
import { LoginRefusal, refusalOf } from './login-refusal.js';
import { providerFetch } from './provider-fetch.js';

/** Of each question. */
const timeoutS = 5;
/** What a provider says of itself hardly changes. */
const metadataTrustedForMs = 3_600_000;
/** Of the provider's clock. What it signs is fetched from it in this moment, and bound to this very login by the nonce. */
const clockToleranceS = 300;

/** What only the browser that began may know. */
export interface LoginSecrets {
  state: string;
  nonce: string;
  verifier: string;
}

interface KnownMetadata {
  metadata: openid.ServerMetadata;
  readAtMs: number;
}

type Settings = Pick<
  Config,
  | 'OIDC_ISSUER'
  | 'OIDC_CLIENT_ID'
  | 'OIDC_CLIENT_SECRET'
  | 'OIDC_CLIENT_AUTH'
  | 'OIDC_SCOPES'
  | 'OIDC_PROVIDER_NAME'
  | 'OIDC_GRANTS'
>;

@Injectable()
export class OpenIdProvider {
  private known: KnownMetadata | undefined;
  private asking: Promise<openid.ServerMetadata> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Settings,
    @Inject(DatabaseTime) private readonly time: Pick<DatabaseTime, 'nowMs'>,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'debug' | 'warn'>,
  ) {}

  /** What people call it; undefined where nobody logs in by way of one. */
  get name(): string | undefined {
    const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_PROVIDER_NAME } = this.config;
    return OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined ? undefined : OIDC_PROVIDER_NAME;
  }

  /** Where the browser has to go; it comes back to `callback`. Throws `LoginRefusal`. */
  async begin(callback: string): Promise<{ address: string; secrets: LoginSecrets }> {
    return this.told(async () => {
      const [state, nonce, verifier] = [
        openid.randomState(),
        openid.randomNonce(),
        openid.randomPKCECodeVerifier(),
      ];
      const address = openid.buildAuthorizationUrl(await this.client(), {
        redirect_uri: callback,
        scope: this.config.OIDC_SCOPES,
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { address: address.href, secrets: { state, nonce, verifier } };
    });
  }

  /** Who has come back, `to` being the whole address that they came back to. Throws `LoginRefusal`. */
  async end(to: string, { state, nonce, verifier }: LoginSecrets): Promise<Identity> {
    return this.told(async () => {
      const client = await this.client();
      const tokens = await openid.authorizationCodeGrant(client, urlOf(to), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new LoginRefusal('untrusted', 'the provider sent no ID token');
      const told: Claims = client.serverMetadata().userinfo_endpoint
        ? await openid.fetchUserInfo(client, tokens.access_token, claims.sub)
        : {};
      return this.identityOf({ ...told, ...claims });
    });
  }

  private identityOf(claims: Claims & { iss: string; sub: string }): Identity {
    const asked = claimsAskedFor(this.config.OIDC_GRANTS, claims);
    // For whoever wonders why nothing is granted: what the provider says at all, and what of it fits.
    this.log.debug({ told: Object.keys(claims).slice(0, 100), fits: asked }, 'claims of the OpenID provider');
    return { issuer: this.config.OIDC_ISSUER!, subject: subjectName(claims.sub), claims: asked };
  }

  private async told<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const refusal = error instanceof LoginRefusal ? error : refusalOf(error);
      this.log.warn(
        { obstacle: refusal.obstacle, reason: refusal.message },
        'a login by way of the OpenID provider did not come about',
      );
      throw refusal;
    }
  }

  /** Made anew each time: the keys that it fetches are then those of now, and its clock is the database's. */
  private async client(): Promise<openid.Configuration> {
    const { OIDC_CLIENT_ID: clientId = '' } = this.config;
    const metadata = {
      [openid.clockSkew]: Math.round((this.time.nowMs() - Date.now()) / 1000),
      [openid.clockTolerance]: clockToleranceS,
    };
    const client = new openid.Configuration(await this.provider(), clientId, metadata, this.proof());
    Object.assign(client, { timeout: timeoutS, [openid.customFetch]: providerFetch });
    // That it was fetched over TLS would do; whoever stands in between with a false certificate has no key of the provider.
    openid.enableNonRepudiationChecks(client);
    if (this.isOfThisMachine) openid.allowInsecureRequests(client);
    return client;
  }

  private proof(): openid.ClientAuth {
    const { OIDC_CLIENT_SECRET: secret, OIDC_CLIENT_AUTH: way } = this.config;
    if (secret === undefined) return openid.None();
    return way === 'basic' ? openid.ClientSecretBasic(secret) : openid.ClientSecretPost(secret);
  }

  private async provider(): Promise<openid.ServerMetadata> {
    if (this.known && performance.now() - this.known.readAtMs < metadataTrustedForMs)
      return this.known.metadata;
    this.asking ??= this.discover().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** One question at a time, however many want to log in. */
  private async discover(): Promise<openid.ServerMetadata> {
    const { OIDC_ISSUER: issuer = '', OIDC_CLIENT_ID: clientId = '' } = this.config;
    const found = await openid.discovery(urlOf(issuer), clientId, undefined, openid.None(), {
      timeout: timeoutS,
      [openid.customFetch]: providerFetch,
      execute: this.isOfThisMachine ? [openid.allowInsecureRequests] : [],
    });
    this.known = { metadata: found.serverMetadata(), readAtMs: performance.now() };
    return this.known.metadata;
  }

  /** The configuration takes an issuer without TLS on this machine alone. */
  private get isOfThisMachine(): boolean {
    return this.config.OIDC_ISSUER?.startsWith('http:') === true;
  }
}

function urlOf(text: string): URL {
  const url = parseUrl(text);
  if (!url) throw new LoginRefusal('untrusted', 'this is no address');
  return url;
}
