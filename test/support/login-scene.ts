/** A real OpenID provider, replicas that people log in to by way of it, and a browser that calls all of them `mux.test`. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/create-app.js';
import { loadConfig } from '../../src/platform/config/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { createDatabase, type TestDatabase } from './database.js';
import { OpenIdProviderProcess, throughProvider } from './openid-provider.js';

export const host = 'mux.test';
export const callback = `http://${host}/login/callback`;
export const clientSecret = 'a secret of the client';

export interface Running {
  app: NestFastifyApplication;
  url: string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of all that it sets, by name. */
  cookies: Map<string, string>;
  body: string;
}

export class LoginScene {
  /** All that the replicas have said. */
  logged = '';

  private constructor(
    public provider: OpenIdProviderProcess,
    readonly database: TestDatabase,
    private readonly dataDir: string,
  ) {}

  static async create(): Promise<LoginScene> {
    const provider = await OpenIdProviderProcess.start({ callbacks: [callback] });
    const dataDir = await mkdtemp(join(tmpdir(), 'comfymux-openid-login-'));
    return new LoginScene(provider, await createDatabase(), dataDir);
  }

  async start(env: Record<string, string> = {}): Promise<Running> {
    const config = loadConfig({
      AUTH: 'on',
      OIDC_ISSUER: this.provider.issuer,
      OIDC_CLIENT_ID: 'mux',
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_SCOPES: 'openid groups',
      OIDC_PROVIDER_NAME: 'Our <People>',
      OIDC_GRANTS: 'groups=platform>default:admin,groups=artists>default:submit',
      LOGIN_TRIES_PER_MINUTE: '0',
      SIMULATE: 'off',
      HOST: '127.0.0.1',
      PORT: '0',
      NATIVE_PORT: '0',
      DATA_DIR: this.dataDir,
      DATABASE_URL: this.database.url,
      ...env,
    });
    const log = createLogger({
      level: 'trace',
      destination: { write: (line) => void (this.logged += line) },
    });
    const app = await createApp({ config, log, databaseUrl: this.database.url });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
  }

  /** Once the replicas are closed. */
  async destroy(): Promise<void> {
    await this.database.drop();
    await this.provider.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** As a browser that calls a replica `mux.test`; it follows nothing by itself. */
export async function askAt(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host, ...headers } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          cookies: cookiesOf(answer.headers),
          body,
        }),
      );
    })
      .once('error', reject)
      .end();
  });
}

const cookiesOf = ({ 'set-cookie': cookies = [] }: IncomingHttpHeaders): Map<string, string> =>
  new Map(
    cookies.map((each) => {
      const [name = '', value = ''] = each.split(';', 1)[0]!.split('=', 2);
      return [name, value];
    }),
  );

export const pathOf = (url: string): string => url.slice(new URL(url).origin.length);
export const cookieHeader = (cookies: Map<string, string>): { cookie: string } => ({
  cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
});
export const sessionOf = ({ cookies }: Answer): { cookie: string } => ({
  cookie: `comfymux_login=${cookies.get('comfymux_login')}`,
});

/** What a browser has by then, and where the provider sends it. */
export async function beginAt(
  replicaUrl: string,
  login: string,
  to = '/console/nodes?x=1',
): Promise<{ sent: Answer; pending: { cookie: string }; back: string }> {
  const sent = await askAt(`${replicaUrl}/login/provider?to=${encodeURIComponent(to)}`);
  if (sent.status !== 303) throw new Error(`the login was answered ${sent.status}: ${sent.body}`);
  const back = await throughProvider(sent.headers.location!, login);
  return { sent, pending: cookieHeader(sent.cookies), back };
}

/** What is told to whom a login does not succeed. */
export const refused = (answer: Answer) => ({
  status: answer.status,
  complaint: /role="alert">([^<]*)</.exec(answer.body)?.[1],
  isIn: answer.cookies.has('comfymux_login'),
});
