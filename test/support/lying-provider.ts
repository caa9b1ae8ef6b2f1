/** An OpenID provider that may be asked to answer in any way, and signs whatever it is told to. */
import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { LocalServer } from './local-server.js';

export type Answering = (response: ServerResponse) => void;

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const strangeKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

export const json =
  (body: unknown, status = 200): Answering =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export class LyingProvider extends LocalServer {
  /** By path, in the place of what is right. */
  readonly answers = new Map<string, Answering>();
  readonly asked: string[] = [];

  protected async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?', 1);
    this.asked.push(path);
    const given = this.answers.get(path);
    if (given) return given(response);
    if (path === '/.well-known/openid-configuration') return json(this.metadata())(response);
    if (path === '/keys') return json({ keys: [await this.jwk()] })(response);
    return json({ error: 'not_found' }, 404)(response);
  }

  get issuer(): string {
    return this.url('');
  }

  metadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      authorization_endpoint: this.url('/authorize'),
      token_endpoint: this.url('/token'),
      userinfo_endpoint: this.url('/userinfo'),
      jwks_uri: this.url('/keys'),
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: false,
    };
  }

  /** What the token endpoint answers. */
  tokens(idToken: string): Record<string, unknown> {
    return { access_token: 'at', token_type: 'Bearer', expires_in: 60, id_token: idToken };
  }

  async sign(claims: JWTPayload, key = privateKey): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key);
  }

  private async jwk(): Promise<JWK> {
    return { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  }
}
