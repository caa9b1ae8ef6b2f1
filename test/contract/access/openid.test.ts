/** Tokens of a real OpenID provider, which runs as a process of its own. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../../src/create-app.js';
import { loadConfig } from '../../../src/platform/config/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { OpenIdProviderProcess } from '../../support/openid-provider.js';
import { eventually } from '../../support/poll.js';

const clients = {
  admin: 'platform|comfymux|600',
  artist: 'artists|comfymux|600',
  nobody: 'strangers|comfymux|600',
  elsewhere: 'platform|another|600',
  short: 'platform|comfymux|3',
};
let provider: OpenIdProviderProcess;
let issuer: string;
let app: NestFastifyApplication;
let base: string;
let database: TestDatabase;
let dataDir: string;

async function tokenOf(client: keyof typeof clients): Promise<string> {
  const basic = `${encodeURIComponent(clients[client])}:${encodeURIComponent('a secret of the client')}`;
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
  });
  const body = (await answer.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(JSON.stringify(body));
  return body.access_token;
}
async function ask(path: string, token: string) {
  const answer = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** A token of one use, made by who shows `token`. */
async function onceFor(token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${base}/v1/tokens`, { method: 'POST', headers });
  return ((await answer.json()) as { token: string }).token;
}

beforeAll(async () => {
  provider = await OpenIdProviderProcess.start({ programs: Object.values(clients) });
  issuer = provider.issuer;
  [database, dataDir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-openid-'))];
  const config = loadConfig({
    AUTH: 'on',
    OIDC_ISSUER: issuer,
    OIDC_GRANTS: 'groups=platform>default:admin,groups=artists>default:submit',
    SIMULATE: 'off',
    HOST: '127.0.0.1',
    PORT: '0',
    NATIVE_PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
  });
  // It starts without a key: people are let in.
  app = await createApp({ config, log: createLogger({ level: 'silent' }), databaseUrl: database.url });
  await app.listen({ port: 0, host: '127.0.0.1' });
  base = (await app.getUrl()).replace('[::1]', '127.0.0.1');
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
  await provider?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

it('lets in whom the provider vouches for, with what is granted to them', async () => {
  const admin = await ask('/v1/me', await tokenOf('admin'));
  expect(admin).toMatchObject({ status: 200, body: { kind: 'person', tenant: 'default', role: 'admin' } });
  expect(admin.body.principal).toBe(`oidc:${clients.admin}`);
  const artist = await tokenOf('artist');
  expect((await ask('/v1/me', artist)).body).toMatchObject({
    role: 'submit',
    key_id: null,
    logged_in: false,
  });
  expect((await ask('/v1/keys', artist)).status).toBe(403);
  expect((await ask('/v1/keys', await tokenOf('admin'))).status).toBe(200);
});

it('lets in nobody who is granted nothing, or whose token is for another service', async () => {
  expect((await ask('/v1/me', await tokenOf('nobody'))).status).toBe(403);
  expect((await ask('/v1/me', await tokenOf('elsewhere'))).status).toBe(401);
});

it('takes no token that was changed, cut, signed by another, by a shared secret or by nobody', async () => {
  const token = await tokenOf('admin');
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = decodeJwt(token);
  const { kid = '' } = decodeProtectedHeader(token);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const plain = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const wrong = [
    `${head}.${plain({ ...claims, groups: ['platform'], exp: 9_999_999_999 })}.${signature}`,
    `${head}.${body}.${signature.slice(0, -8)}`,
    `${plain({ alg: 'none' })}.${body}.${signature}`,
    await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey),
    await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(Buffer.from('a secret of the client')),
  ];
  for (let bit = 0; bit < 500; bit += 1) {
    const bytes = Buffer.from(signature, 'base64url');
    bytes[bit % bytes.length]! ^= 1 << (bit >> 8);
    wrong.push(`${head}.${body}.${bytes.toString('base64url')}`);
  }
  const statuses = new Set<number>();
  for (const each of wrong) statuses.add((await ask('/v1/me', each)).status);
  expect([...statuses]).toEqual([401]);
  expect((await ask('/v1/me', token)).status).toBe(200);
});

it('ends with its time, by the clock of the database, and with it what came of it', async () => {
  const token = await tokenOf('short');
  expect((await ask('/v1/me', token)).status).toBe(200);
  const [shown, unused] = [await onceFor(token), await onceFor(token)];
  const stream = await fetch(`${base}/v1/events?token=${shown}`);
  expect(stream.status).toBe(200);
  const ended = stream.text().catch(() => 'ended');
  await eventually(async () => (await ask('/v1/me', token)).status === 401);
  expect((await fetch(`${base}/v1/events?token=${unused}`)).status).toBe(401);
  await ended;
});
