/** A provider that lies, dawdles or is away: nobody comes in, the reason is told, and no secret with it. */
import { SignJWT, type JWTPayload } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { json, LyingProvider, strangeKey } from '../../../../test/support/lying-provider.js';
import { LoginRefusal } from './login-refusal.js';
import { OpenIdProvider } from './openid-provider.js';

const callback = 'http://mux.test/login/callback';
const secret = 'hush of the client';
let theirs: LyingProvider;
let lines: string[];

beforeEach(async () => {
  theirs = await new LyingProvider().start();
  lines = [];
});
afterEach(async () => theirs.stop());

function ours({ skewMs = 0, issuer = theirs.issuer } = {}): OpenIdProvider {
  const config = {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'mux',
    OIDC_CLIENT_SECRET: secret,
    OIDC_CLIENT_AUTH: 'basic' as const,
    OIDC_SCOPES: 'openid',
    OIDC_PROVIDER_NAME: 'x',
    OIDC_GRANTS: [{ claim: 'groups', value: 'a', tenantId: 'default', role: 'read' as const }],
  };
  const log = { debug: () => undefined, warn: (...said: unknown[]) => void lines.push(JSON.stringify(said)) };
  return new OpenIdProvider(config, { nowMs: () => Date.now() + skewMs }, log as never);
}
const nowS = () => Math.floor(Date.now() / 1000);
const right = (nonce: string): JWTPayload => ({
  iss: theirs.issuer,
  aud: 'mux',
  sub: 'ada',
  iat: nowS(),
  exp: nowS() + 60,
  nonce,
});

interface Lie {
  /** What the ID token claims. */
  claims?: JWTPayload;
  sign?: (claims: JWTPayload) => Promise<string>;
  userinfo?: unknown;
}
/** A whole login at a provider that tells this. */
async function login({ claims, sign = async (each) => theirs.sign(each), userinfo = { sub: 'ada' } }: Lie) {
  const provider = ours();
  const { address, secrets } = await provider.begin(callback);
  expect(new URL(address).searchParams.get('nonce')).toBe(secrets.nonce);
  const idToken = await sign({ ...right(secrets.nonce), ...claims });
  theirs.answers.set('/token', json(theirs.tokens(idToken)));
  theirs.answers.set('/userinfo', json(userinfo));
  return provider.end(`${callback}?code=c&state=${secrets.state}`, secrets);
}
async function obstacleOf(tried: Promise<unknown>): Promise<string> {
  const error = await tried.then(
    () => new Error('it came in'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LoginRefusal)) throw error;
  expect(lines.join('\n')).toContain(error.obstacle);
  for (const each of [secret, 'eyJ', Buffer.from(`mux:${secret}`).toString('base64')])
    expect(lines.join('\n') + error.message).not.toContain(each);
  return error.obstacle;
}

it('keeps of the ID token and of the userinfo what grants ask about; the token goes first', async () => {
  const identity = { issuer: theirs.issuer, subject: 'ada' };
  expect(await login({ userinfo: { sub: 'ada', groups: ['a', 'b'] } })).toEqual({
    ...identity,
    claims: { groups: ['a'] },
  });
  const lessInToken = { claims: { groups: ['b'] }, userinfo: { sub: 'ada', groups: ['a'] } };
  expect(await login(lessInToken)).toEqual({ ...identity, claims: {} });
  const odd = await login({ claims: { sub: 'a\0\ud800' }, userinfo: { sub: 'a\0\ud800' } });
  expect(odd.subject).toMatch(/^[0-9a-f]{32}$/);
});

it.each<[string, () => Lie, string]>([
  ['of another login', () => ({ claims: { nonce: 'another' } }), 'untrusted'],
  ['of no login', () => ({ claims: { nonce: undefined } }), 'untrusted'],
  ['for another client', () => ({ claims: { aud: 'other' } }), 'untrusted'],
  ['of another issuer', () => ({ claims: { iss: 'https://evil.example' } }), 'untrusted'],
  ['without an end', () => ({ claims: { exp: undefined } }), 'untrusted'],
  ['that has ended', () => ({ claims: { exp: nowS() - 310 } }), 'clocks-differ'],
  ['that is good from some time on', () => ({ claims: { nbf: nowS() + 310 } }), 'clocks-differ'],
  ['signed by another', () => ({ sign: async (claims) => theirs.sign(claims, strangeKey) }), 'untrusted'],
  [
    'signed by our secret',
    () => ({
      sign: async (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret.padEnd(32))),
    }),
    'untrusted',
  ],
  [
    'signed by nobody',
    () => ({
      sign: async (claims) =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    }),
    'untrusted',
  ],
  ['that is none', () => ({ sign: async () => 'x' }), 'untrusted'],
  ['with a userinfo of somebody else', () => ({ userinfo: { sub: 'eve', groups: ['a'] } }), 'untrusted'],
])('lets in nobody by an ID token %s', async (_, lie, expected) => {
  expect(await obstacleOf(login(lie()))).toBe(expected);
});

it('counts by the clock of the database, whatever that of this machine is', async () => {
  const provider = ours({ skewMs: 600_000 });
  const { secrets } = await provider.begin(callback);
  const answered = `${callback}?code=c&state=${secrets.state}`;
  theirs.answers.set('/userinfo', json({ sub: 'ada' }));
  theirs.answers.set('/token', json(theirs.tokens(await theirs.sign(right(secrets.nonce)))));
  expect(await obstacleOf(provider.end(answered, secrets))).toBe('clocks-differ');
  const later = { ...right(secrets.nonce), exp: nowS() + 660 };
  theirs.answers.set('/token', json(theirs.tokens(await theirs.sign(later))));
  expect(await provider.end(answered, secrets)).toMatchObject({ subject: 'ada' });
});

it.each<[string, string, Parameters<LyingProvider['answers']['set']>[1], string]>([
  ['refuses the code', '/token', json({ error: 'invalid_grant' }, 400), 'code-spent'],
  ['does not know us', '/token', json({ error: 'invalid_client' }, 401), 'misconfigured'],
  ['breaks down', '/token', json({ error: 'server_error' }, 500), 'provider-away'],
  [
    'breaks down without a word',
    '/token',
    (to) => void to.writeHead(502).end('<h1>no</h1>'),
    'provider-away',
  ],
  ['leads elsewhere', '/token', (to) => void to.writeHead(307, { location: '/keys' }).end(), 'misconfigured'],
  ['hangs up', '/token', (to) => void to.destroy(), 'provider-away'],
  ['tells no end', '/token', (to) => void to.writeHead(200).end('x'.repeat(3_000_000)), 'provider-away'],
  [
    'stammers',
    '/token',
    (to) => void to.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    'untrusted',
  ],
  [
    'is another than we ask',
    '/.well-known/openid-configuration',
    json({ issuer: 'https://evil.example' }),
    'untrusted',
  ],
  ['has no page about itself', '/.well-known/openid-configuration', json({}, 404), 'misconfigured'],
])('lets in nobody when the provider %s', async (_, path, answering, expected) => {
  const provider = ours();
  const begun = path === '/token' ? await provider.begin(callback) : null;
  theirs.answers.set(path, answering);
  const secrets = begun?.secrets ?? { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
  const tried = begun
    ? provider.end(`${callback}?code=c&state=${secrets.state}`, secrets)
    : provider.begin(callback);
  expect(await obstacleOf(tried)).toBe(expected);
});

it('waits five seconds for a provider that dawdles, even in the midst of an answer', async () => {
  const provider = ours();
  const { secrets } = await provider.begin(callback);
  theirs.answers.set(
    '/token',
    (to) => void to.writeHead(200, { 'content-type': 'application/json' }).write('{'),
  );
  const beganAtMs = performance.now();
  const tried = provider.end(`${callback}?code=c&state=${secrets.state}`, secrets);
  expect(await obstacleOf(tried)).toBe('provider-away');
  expect(performance.now() - beganAtMs).toBeGreaterThan(4_500);
});

it('asks once what the provider is, for all who log in at once, and anew when it was away', async () => {
  const page = '/.well-known/openid-configuration';
  const provider = ours();
  theirs.answers.set(page, json({}, 503));
  expect(await obstacleOf(provider.begin(callback))).toBe('provider-away');
  theirs.answers.delete(page);
  await Promise.all(Array.from({ length: 20 }, async () => provider.begin(callback)));
  await provider.begin(callback);
  expect(theirs.asked.filter((path) => path === page)).toHaveLength(2);
  const asked = await Promise.all(Array.from({ length: 50 }, async () => provider.begin(callback)));
  const secrets = asked.flatMap(({ secrets: { state, nonce, verifier } }) => [state, nonce, verifier]);
  expect(new Set(secrets).size).toBe(150);
  // 256 bits of each.
  expect(Math.min(...secrets.map((text) => text.length))).toBeGreaterThanOrEqual(43);
});
