/** Settings of a login by way of an OpenID provider, and circumstances: clocks, proxies, ways of showing the secret. */
import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keyOf, randomBytesOfKey } from '../../../src/modules/access/index.js';
import { Replica } from '../../../src/platform/cluster/index.js';
import { askAt, beginAt, callback, host, LoginScene, pathOf, refused } from '../../support/login-scene.js';
import { OpenIdProviderProcess } from '../../support/openid-provider.js';
import { eventually } from '../../support/poll.js';

let scene: LoginScene;
beforeAll(async () => void (scene = await LoginScene.create()));
afterAll(async () => scene?.destroy());

it('is 404 where no provider is configured, and the page offers none', async () => {
  const without = await scene.start({ OIDC_CLIENT_ID: '', OIDC_CLIENT_SECRET: '' });
  expect((await askAt(`${without.url}/login/provider`)).status).toBe(404);
  expect((await askAt(`${without.url}/login/callback?code=x&state=y`)).status).toBe(404);
  expect((await askAt(`${without.url}/login`)).body).not.toContain('/login/provider');
  await without.app.close();
});

it.each([
  ['mux-post', { OIDC_CLIENT_AUTH: 'post' }],
  ['mux-public', { OIDC_CLIENT_SECRET: '' }],
])('%s shows its secret in its own way', async (id, env) => {
  const replica = await scene.start({ OIDC_CLIENT_ID: id, ...env });
  const { pending, back } = await beginAt(replica.url, 'oda@platform');
  expect((await askAt(replica.url + pathOf(back), pending)).status).toBe(200);
  await replica.app.close();
});

it.each([
  ['behind by less than five minutes', '-290000', { status: 200, isIn: true }],
  ['ahead by five minutes', '300000', { status: 200, isIn: true }],
  [
    'behind by more',
    '-420000',
    { status: 502, complaint: expect.stringContaining('more than five minutes'), isIn: false },
  ],
])('with the clock of the provider %s, it is as it should be', async (_, skewMs, expected) => {
  const skewed = await OpenIdProviderProcess.start({
    callbacks: [callback],
    env: { CLOCK_SKEW_MS: skewMs, ID_TOKEN_S: '60' },
  });
  const replica = await scene.start({ OIDC_ISSUER: skewed.issuer });
  const { pending, back } = await beginAt(replica.url, 'pia@platform');
  expect(refused(await askAt(replica.url + pathOf(back), pending))).toMatchObject(expected);
  await replica.app.close();
  await skewed.stop();
});

it('has its cookies over TLS alone where a proxy tells of it, and takes PUBLIC_URL for what is outside', async () => {
  const replica = await scene.start({ TRUST_PROXY: '1' });
  const sent = await askAt(`${replica.url}/login/provider`, { 'x-forwarded-proto': 'https' });
  expect(sent.headers['set-cookie']?.[0]).toMatch(/^__Host-comfymux_pending_login=.*; Secure$/);
  const named = await scene.start({ PUBLIC_URL: `https://${host}` });
  const redirect = async (to: Record<string, string>) =>
    new URL((await askAt(`${named.url}/login/provider`, to)).headers.location!).searchParams.get(
      'redirect_uri',
    );
  expect(await redirect({})).toBe(`https://${host}/login/callback`);
  expect(await redirect({ host: '127.0.0.1:5014' })).toBe('http://127.0.0.1:5014/login/callback');
  await named.app.close();
  await replica.app.close();
});

it('lets an address, and a key from wherever, try so often in a minute, all replicas together', async () => {
  const limited = { LOGIN_TRIES_PER_MINUTE: '6', TRUST_PROXY: '1' };
  const replicas = [await scene.start(limited), await scene.start(limited)];
  const tryKey = async (from: string, key: string, at = 0) => {
    const answer = await fetch(`${replicas[at]!.url}/login`, {
      method: 'POST',
      body: new URLSearchParams({ key }),
      headers: { 'x-forwarded-for': from },
      redirect: 'manual',
    });
    return { status: answer.status, waitS: answer.headers.get('retry-after'), text: await answer.text() };
  };
  const statusesOf = async (count: number, ask: (no: number) => Promise<{ status: number }>) => {
    const statuses: number[] = [];
    for (let no = 0; no < count; no += 1) statuses.push((await ask(no)).status);
    return statuses;
  };
  const aKey = () => keyOf(randomBytes(randomBytesOfKey)).text;
  // Once they know of each other, each lets in its half.
  await eventually(async () => replicas.every(({ app }) => app.get(Replica).liveIds.length === 2), {
    timeoutMs: 30_000,
  });
  for (const at of [0, 1])
    expect(await statusesOf(5, async () => tryKey('192.0.2.1', aKey(), at))).toEqual([
      422, 422, 422, 429, 429,
    ]);
  const { waitS, text } = await tryKey('192.0.2.1', 'no key at all');
  expect(Number(waitS)).toBeGreaterThan(0);
  expect(Number(waitS)).toBeLessThanOrEqual(60);
  expect(text).toContain('Too many tries to log in');
  // Neighbours in one /64 are one; another address is not held to what this one did.
  expect(await statusesOf(5, async (no) => tryKey(`2001:db8::${no + 1}`, 'x'))).toEqual([
    422, 422, 422, 429, 429,
  ]);
  expect((await tryKey('2001:db8:0:1::1', 'x')).status).toBe(422);
  // One key from many addresses, and the other ways that lead in.
  const key = aKey();
  expect(await statusesOf(5, async (no) => tryKey(`198.51.100.${no}`, key))).toEqual([
    422, 422, 422, 429, 429,
  ]);
  const from = { 'x-forwarded-for': '203.0.113.5' };
  const paths = ['/login/callback?code=a&state=b', '/login/provider', '/login/callback', '/login/provider'];
  expect(await statusesOf(4, async (no) => askAt(`${replicas[0]!.url}${paths[no]}`, from))).toEqual([
    400, 303, 400, 429,
  ]);
  expect((await askAt(`${replicas[0]!.url}/login`, from)).status).toBe(200);
  const counted = replicas[0]!.app.get(Registry).getSingleMetricAsString('comfymux_login_refusals_total');
  expect(await counted).toMatch(/reason="tries"\} [1-9]/);
  for (const { app } of replicas) await app.close();
});
