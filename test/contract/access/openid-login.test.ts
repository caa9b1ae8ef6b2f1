/** People log in by way of a real OpenID provider: begun at one replica, ended at another. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  askAt,
  beginAt,
  callback,
  clientSecret,
  cookieHeader,
  LoginScene,
  pathOf,
  refused,
  type Running,
  sessionOf,
} from '../../support/login-scene.js';
import { OpenIdProviderProcess } from '../../support/openid-provider.js';
import { eventually } from '../../support/poll.js';
import { expectWithin } from '../../support/within.js';

let scene: LoginScene;
let client: pg.Client;
let apps: Running[];

const ask = async (path: string, headers: Record<string, string> = {}, at = apps[0]!.url): Promise<Answer> =>
  askAt(at + path, headers);
const begun = async (login: string, to?: string) => beginAt(apps[0]!.url, login, to);
const meOf = async (headers: Record<string, string>, at = apps[0]!.url) => {
  const answer = await ask('/v1/me', headers, at);
  return { status: answer.status, ...(JSON.parse(answer.body) as Record<string, unknown>) };
};
async function loggedIn(login: string) {
  const { pending, back } = await begun(login);
  const answer = await ask(pathOf(back), pending, apps[1]!.url);
  expect(answer.status).toBe(200);
  return { session: sessionOf(answer) };
}

beforeAll(async () => {
  scene = await LoginScene.create();
  apps = [await scene.start(), await scene.start()];
  client = new pg.Client({ connectionString: scene.database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  for (const { app } of apps ?? []) await app.close();
  await scene?.destroy();
});

describe('a login by way of the provider', () => {
  it('is offered on the page of the login, and comes back to where one was', async () => {
    const page = await ask('/login?to=/console/nodes');
    expect(page.body).toContain('href="/login/provider?to=%2Fconsole%2Fnodes"');
    expect(page.body).toContain('Log in with Our &lt;People&gt;');
    const { sent, pending, back } = await begun('ada@platform');
    const asked = new URL(sent.headers.location!);
    expect(asked.origin).toBe(scene.provider.issuer);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({
      client_id: 'mux',
      redirect_uri: callback,
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid groups',
    });
    expect(sent.headers['set-cookie']?.[0]).toMatch(
      /^comfymux_pending_login=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    // The browser alone knows what ends it: nothing of it can be read there.
    const { state, nonce } = Object.fromEntries(asked.searchParams);
    const kept = Buffer.from(sent.cookies.get('comfymux_pending_login')!, 'base64url').toString('latin1');
    for (const text of [state!, nonce!, 'verifier']) expect(kept).not.toContain(text);
    // Ended at the other replica.
    const done = await ask(pathOf(back), pending, apps[1]!.url);
    expect(done.status).toBe(200);
    expect(done.body).toContain('<meta http-equiv="refresh" content="0;url=/console/nodes?x=1">');
    expect(done.body).not.toContain('cml_');
    expect(done.cookies.get('comfymux_pending_login')).toBe('');
    expect(done.headers['set-cookie']?.join('\n')).toMatch(
      /comfymux_login=cml_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200/,
    );
    const session = sessionOf(done);
    expect(await meOf(session)).toMatchObject({
      status: 200,
      kind: 'person',
      principal: 'oidc:ada@platform',
      tenant: 'default',
      role: 'admin',
      logged_in: true,
    });
    const shown = await ask('/login', session);
    expect(shown.body).toContain('oidc:ada@platform');
  });

  it('gives each what is granted to them, and writes down who has come', async () => {
    const { session } = await loggedIn('bo@artists');
    expect(await meOf(session)).toMatchObject({ role: 'submit', principal: 'oidc:bo@artists' });
    expect((await ask('/v1/keys', session)).status).toBe(403);
    const { rows } = await client.query<{ line: string }>(
      `SELECT concat_ws(' ', known_by, principal_id, request, status) AS line FROM audit WHERE principal_id = 'oidc:bo@artists'`,
    );
    expect(rows).toEqual([{ line: 'person oidc:bo@artists GET /login/callback 303' }]);
  });

  it('is over at every replica once one has logged out', async () => {
    const { session } = await loggedIn('cy@artists');
    expect((await meOf(session, apps[1]!.url)).status).toBe(200);
    const out = await fetch(`${apps[0]!.url}/login/out`, {
      method: 'POST',
      redirect: 'manual',
      headers: session,
    });
    expect(out.status).toBe(303);
    const endedAtMs = performance.now();
    await eventually(async () => (await meOf(session, apps[1]!.url)).status === 401, { intervalMs: 50 });
    expectWithin(2_000, endedAtMs);
  });

  it('is over at every replica once somebody has ended all of theirs', async () => {
    const [one, other] = [await loggedIn('cy@artists'), await loggedIn('dee@artists')];
    const { session: admin } = await loggedIn('ada@platform');
    const subject = encodeURIComponent('oidc:cy@artists');
    const end = async (headers: Record<string, string>) =>
      fetch(`${apps[0]!.url}/v1/principals/${subject}/logins`, { method: 'DELETE', headers });
    expect((await meOf(one.session, apps[1]!.url)).status).toBe(200);
    expect((await end(other.session)).status).toBe(403);
    expect(await (await end(admin)).json()).toEqual({ ended: 1 });
    const endedAtMs = performance.now();
    await eventually(async () => (await meOf(one.session, apps[1]!.url)).status === 401, { intervalMs: 50 });
    expectWithin(2_000, endedAtMs);
    expect((await meOf(other.session, apps[1]!.url)).status).toBe(200);
  });

  it('counts for what is granted now: less where an operator grants less, nothing under another provider', async () => {
    const { session } = await loggedIn('di@platform');
    const [less, none, other] = [
      await scene.start({ OIDC_GRANTS: 'groups=platform>default:read' }),
      await scene.start({ OIDC_GRANTS: 'groups=artists>default:submit,*>elsewhere:admin' }),
      await scene.start({ OIDC_ISSUER: 'http://127.0.0.1:9' }),
    ];
    expect(await meOf(session, less.url)).toMatchObject({ status: 200, role: 'read' });
    expect((await meOf(session, none.url)).status).toBe(401);
    expect((await meOf(session, other.url)).status).toBe(401);
    for (const { app } of [less, none, other]) await app.close();
  });

  it('leads nobody to another site', async () => {
    for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example', '/login/out']) {
      const { pending, back } = await begun('eve@artists', to);
      const done = await ask(pathOf(back), pending);
      expect(done.body).toContain('<meta http-equiv="refresh" content="0;url=/console">');
    }
  });
});

describe('what does not lead in', () => {
  it('an answer that this browser did not ask for, or that was changed', async () => {
    const one = await begun('fay@platform');
    const other = await begun('mallory@platform');
    const begunElsewhere = {
      status: 400,
      complaint: expect.stringContaining('not begun in this browser'),
      isIn: false,
    };
    // Somebody else's answer, in another's browser or in none.
    expect(refused(await ask(pathOf(other.back), one.pending))).toEqual(begunElsewhere);
    expect(refused(await ask(pathOf(other.back)))).toEqual(begunElsewhere);
    for (const query of [
      '',
      '?code=x',
      '?code=x&state=',
      '?state=a&state=b&code=x',
      '?error=access_denied&state=x',
    ])
      expect(refused(await ask(`/login/callback${query}`, one.pending))).toEqual(begunElsewhere);
    const cut = new Map([...one.sent.cookies].map(([name, value]) => [name, value.slice(0, -1)]));
    expect(refused(await ask(pathOf(one.back), cookieHeader(cut)))).toEqual(begunElsewhere);
    // None of that has ended what was begun.
    expect((await ask(pathOf(one.back), one.pending)).status).toBe(200);
  });

  it('a code that was used before, or is of another login', async () => {
    const one = await begun('gus@platform');
    expect((await ask(pathOf(one.back), one.pending)).status).toBe(200);
    const again = await ask(pathOf(one.back), one.pending, apps[1]!.url);
    expect(refused(again)).toMatchObject({
      status: 400,
      complaint: expect.stringContaining('used before'),
      isIn: false,
    });
    const [victim, thief] = [await begun('hal@platform'), await begun('ida@platform')];
    const injected = new URL(thief.back);
    injected.searchParams.set('code', new URL(victim.back).searchParams.get('code')!);
    expect(refused(await ask(pathOf(injected.href), thief.pending))).toMatchObject({
      status: 400,
      isIn: false,
    });
  });

  it('who turned back at the provider, and who is granted nothing', async () => {
    const { pending, back } = await begun('turns back');
    expect(refused(await ask(pathOf(back), pending))).toEqual({
      status: 403,
      complaint: 'The provider did not let you in.',
      isIn: false,
    });
    const stranger = await begun('kim@strangers');
    expect(refused(await ask(pathOf(stranger.back), stranger.pending))).toMatchObject({
      status: 403,
      complaint: expect.stringContaining('nothing here is granted'),
      isIn: false,
    });
  });

  it('an answer of another issuer, and one under another id or secret of ours', async () => {
    const { pending, back } = await begun('lea@platform');
    const mixedUp = new URL(back);
    mixedUp.searchParams.set('iss', 'https://evil.example');
    expect(refused(await ask(pathOf(mixedUp.href), pending))).toMatchObject({ status: 502, isIn: false });
    const wrong = await scene.start({ OIDC_CLIENT_SECRET: 'not the secret of the client' });
    expect(refused(await ask(pathOf(back), pending, wrong.url))).toMatchObject({
      status: 502,
      complaint: expect.stringContaining('does not know this service'),
      isIn: false,
    });
    await wrong.app.close();
  });

  it('a begin or an end while the provider is away: 503, and the next one succeeds', async () => {
    const before = await begun('mia@platform');
    const port = Number(new URL(scene.provider.issuer).port);
    await scene.provider.stop();
    const away = await ask(pathOf(before.back), before.pending);
    expect(refused(away)).toMatchObject({
      status: 503,
      complaint: expect.stringContaining('does not answer'),
    });
    expect(away.headers['retry-after']).toBe('5');
    const fresh = await scene.start();
    expect((await ask('/login/provider', {}, fresh.url)).status).toBe(503);
    scene.provider = await OpenIdProviderProcess.start({ callbacks: [callback], port });
    expect((await ask('/login/provider', {}, fresh.url)).status).toBe(303);
    await fresh.app.close();
    await loggedIn('mia@platform');
  });

  it('a HEAD, which has a link looked at', async () => {
    const { pending, back } = await begun('ned@platform');
    const looked = await fetch(`${apps[0]!.url}${pathOf(back)}`, { method: 'HEAD', headers: pending });
    expect([looked.status, looked.headers.has('set-cookie')]).toEqual([404, false]);
    expect((await ask(pathOf(back), pending)).status).toBe(200);
  });
});

it('tells no secret to the log, nor to the database', async () => {
  const { sent, pending, back } = await begun('quin@platform');
  const done = await ask(pathOf(back), pending);
  const { rows } = await client.query<{ kept: string }>(
    `SELECT holder::text || encode(hash, 'escape') AS kept FROM login`,
  );
  const all = scene.logged + JSON.stringify(rows);
  expect(scene.logged).toContain('a login was refused');
  const asked = new URL(sent.headers.location!).searchParams;
  const secrets = [
    clientSecret,
    asked.get('state')!,
    asked.get('nonce')!,
    new URL(back).searchParams.get('code')!,
    sent.cookies.get('comfymux_pending_login')!,
    done.cookies.get('comfymux_login')!,
    'eyJ',
  ];
  for (const each of secrets) {
    expect(each.length).toBeGreaterThan(2);
    expect(all).not.toContain(each);
  }
});
