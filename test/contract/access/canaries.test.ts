/**
 * Every kind of credential is used, and used wrongly, with the log at its most talkative; then all that the service says and keeps
 * is searched for them: log, traces, metrics, refusals, what nodes were sent, and every column of the database.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { makeKey, makeTenant } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';
import { type RequestMeter, startRequestMeter } from '../../support/request-meter.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { TraceCollector } from '../../support/trace-collector.js';
import { WebhookReceiver } from '../../support/webhook-receiver.js';

const masterKey = 'canary-of-the-key-that-seals-all';
const collector = new TraceCollector();
const receiver = new WebhookReceiver();
/** What to look for, by what it is. */
const canaries = new Map<string, string>();
const refusals: string[] = [];
let deployment: Deployment;
let meter: RequestMeter;
let service: Replica;
let database: pg.Client;

interface Asked {
  headers?: Record<string, string>;
  method?: string;
  body?: string | URLSearchParams;
  native?: boolean;
}

/** A proxy passed it on: nobody sits at this machine. */
const strange = { 'x-forwarded-for': '10.0.0.9' };
async function ask(path: string, { headers = {}, native = false, ...init }: Asked = {}) {
  const answer = await fetch((native ? service.nativeUrl : service.url) + path, {
    redirect: 'manual',
    headers: { ...strange, ...headers },
    signal: AbortSignal.timeout(30_000),
    ...init,
  });
  const text = await answer.text();
  if (answer.status >= 400) refusals.push(text, JSON.stringify([...answer.headers]));
  return { status: answer.status, text, cookie: answer.headers.get('set-cookie') ?? '' };
}
const postJson = async (path: string, body: unknown, asked: Asked = {}) =>
  ask(path, {
    ...asked,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...asked.headers },
    body: JSON.stringify(body),
  });

/** Only the part that is secret: the public part of a key is told on purpose. */
async function plantKey(name: string): Promise<Record<string, string>> {
  const { key } = await makeKey(service.url, { principal: name, tenant: 'team', role: 'submit' });
  canaries.set(`the key of ${name}`, key.split('_')[2]!);
  return { authorization: `Bearer ${key}` };
}
function plant(what: string): string {
  const canary = `canary-${canaries.size}-${what.replaceAll(' ', '-')}`;
  canaries.set(what, canary);
  return canary;
}

beforeAll(async () => {
  await collector.start();
  await receiver.start();
  deployment = await Deployment.create([{ name: 'one', speed: 50 }]);
  meter = await startRequestMeter(Number(new URL(deployment.nodes[0]!.url).port));
  canaries.set('the key that seals', masterKey);
  service = await deployment.start({
    ...collector.env,
    NODES: `one=${meter.url}`,
    LOG_LEVEL: 'trace',
    SECRET_KEY: masterKey,
  });
  await makeTenant(service.url, 'team');
  database = new pg.Client({ connectionString: deployment.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await deployment?.destroy();
  await meter?.stop();
  await receiver.stop();
  await collector.stop();
});

it('a credential is in nothing that the service says, sends on or keeps', async () => {
  await useThemWell();
  await useThemWrongly();
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  // With its last words, and the spans that it has kept back.
  expect(await service.stop()).toBe(0);
  const said = {
    log: service.output(),
    refusals: refusals.join('\n'),
    metrics,
    traces: JSON.stringify(collector.spans),
    'what a node was sent': meter.heard().toString('latin1'),
    ...(await columns()),
  };
  expect(collector.spans.length).toBeGreaterThan(0);
  expect(said.log.length).toBeGreaterThan(1_000);
  expect(meter.heard().length).toBeGreaterThan(1_000);
  expect(refusals.length).toBeGreaterThan(10);
  const found = Object.entries(said).flatMap(([where, text]) =>
    [...canaries].flatMap(([what, canary]) => (isIn(text, canary) ? [{ what, where }] : [])),
  );
  expect(found.filter(({ what, where }) => !isMeant(what, where))).toEqual([]);
  // The search finds what is there: these have to be somewhere.
  expect(new Set(found.map(({ what }) => what))).toEqual(
    new Set([...canaries.keys()].filter((what) => /^(a credential by|the address of)/.test(what))),
  );
});

async function useThemWell(): Promise<void> {
  const bearer = await plantKey('bearer');
  const key = bearer['authorization']!.slice('Bearer '.length);
  const basic = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
  canaries.set('the basic word', basic.authorization.slice('Basic '.length));
  for (const headers of [bearer, basic, { 'x-api-key': key }]) {
    expect((await ask('/v1/me', { headers })).status).toBe(200);
    expect((await ask('/api/queue', { headers, native: true })).status).toBe(200);
  }

  const login = await ask('/login', { method: 'POST', body: new URLSearchParams({ key, to: '/console' }) });
  const cookie = login.cookie.split(';', 1)[0]!;
  expect(cookie).toContain('=');
  canaries.set('the cookie of a login', cookie.slice(cookie.indexOf('=') + 1));
  expect((await ask('/queue', { headers: { cookie }, native: true })).status).toBe(200);

  const [used, unused] = [await tokenOf(bearer), await tokenOf(bearer)];
  canaries.set('a token that was used', used.slice(4)).set('a token that was not', unused.slice(4));
  expect((await ask(`/v1/jobs/${nobodys}/events?token=${used}`)).status).toBe(404);

  const webhook = {
    url: receiver.url(`/told?sig=${plant('the address of a webhook')}`),
    secret: webhookSecret(),
  };
  const put = receiver.url(`/put?sig=${plant('the address of a delivery')}`);
  const order = { graph: samplingGraph(), webhook, deliver: { https_put: [put] } };
  const { id } = JSON.parse((await postJson('/v1/jobs', order, { headers: bearer })).text) as { id: string };
  await receivedAt('/put?');
  await receivedAt('/told?');
  const { outputs } = JSON.parse((await ask(`/v1/jobs/${id}`, { headers: bearer })).text) as {
    outputs: { url: string }[];
  };
  const link = new URL(outputs[0]!.url);
  expect((await ask(link.pathname + link.search)).status).toBe(200);
  canaries.set('the signature of a link', link.searchParams.get('signature')!);

  const extra = (what: string) => ({ api_key_comfy_org: plant(`a credential by ${what}`) });
  const prompt = { prompt: samplingGraph(), extra_data: extra('8188') };
  expect((await postJson('/prompt', prompt, { headers: bearer, native: true })).status).toBe(200);
  const v2 = { workflow: samplingGraph(), extra_data: extra('v2') };
  expect((await postJson('/api/v2/jobs', v2, { headers: bearer })).status).toBe(201);
  await eventually(
    async () => {
      const { jobs } = JSON.parse((await ask('/v1/jobs', { headers: bearer })).text) as {
        jobs: { state: string }[];
      };
      return jobs.length === 3 && jobs.every(({ state }) => state === 'succeeded');
    },
    { timeoutMs: 60_000, what: 'the end of all jobs' },
  );
}

const tokenOf = async (headers: Record<string, string>): Promise<string> => {
  const { text } = await ask('/v1/tokens', { method: 'POST', headers });
  return (JSON.parse(text) as { token: string }).token;
};
const nobodys = '01a7f0de-0000-7000-8000-00000000ffff';

function webhookSecret(): string {
  const secret = `whsec_${Buffer.from('canary of a webhook: its secret').toString('base64')}`;
  canaries.set('the secret of a webhook', secret.slice('whsec_'.length));
  return secret;
}
const receivedAt = async (path: string): Promise<void> =>
  void (await eventually(() => receiver.received.some((one) => one.path.startsWith(path)), {
    timeoutMs: 60_000,
    what: `something at ${path}`,
  }));

/** Credentials that are none, at every place where one is looked for. */
async function useThemWrongly(): Promise<void> {
  const places: [string, (canary: string) => Asked & { path?: string }][] = [
    ['a bearer', (canary) => ({ headers: { authorization: `Bearer ${canary}` } })],
    ['an x-api-key', (canary) => ({ headers: { 'x-api-key': canary } })],
    ['a scheme', (canary) => ({ headers: { authorization: `Token ${canary}` } })],
    [
      'a session',
      (canary) => ({ headers: { cookie: `comfymux_session=${canary}; comfymux_login=${canary}` } }),
    ],
    ['a token', (canary) => ({ path: `?token=${canary}` })],
    ['a signature', (canary) => ({ path: `?filename=a.png&type=output&signature=${canary}` })],
  ];
  const routes: [string, boolean][] = [
    ['/v1/jobs', false],
    ['/v1/events', false],
    ['/api/v2/jobs', false],
    ['/openai/v1/models', false],
    ['/cfui/view', false],
    ['/queue', true],
    ['/view', true],
    ['/ws', true],
  ];
  for (const [what, asked] of places)
    for (const [route, native] of routes) {
      const { path = '', ...rest } = asked(plant(`${what} at ${route}`));
      const { status } = await ask(route + path, { ...rest, native });
      expect([route, what, status < 500]).toEqual([route, what, true]);
    }
  const basic = Buffer.from(`${plant('a basic user')}:${plant('a basic password')}`).toString('base64');
  canaries.set('a wrong basic word', basic);
  await ask('/v1/me', { headers: { authorization: `Basic ${basic}` } });
  await ask('/login', {
    method: 'POST',
    body: new URLSearchParams({ key: plant('a key at the login'), to: '/console' }),
  });
}

/** The whole database as text, by table and column. */
async function columns(): Promise<Record<string, string>> {
  const { rows } = await database.query<{ schema: string; table: string; column: string }>(
    `SELECT table_schema AS schema, table_name AS table, column_name AS column FROM information_schema.columns
     JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: Record<string, string> = {};
  for (const { schema, table, column } of rows) {
    const kept = await database.query<{ text: string | null }>(
      `SELECT string_agg("${column}"::text, E'\n') AS text FROM "${schema}"."${table}"`,
    );
    texts[`column ${table}.${column}`] = kept.rows[0]?.text ?? '';
  }
  return texts;
}

/** As it is, percent-encoded, or as the digits of its bytes. */
const isIn = (text: string, canary: string): boolean =>
  [canary, encodeURIComponent(canary), Buffer.from(canary).toString('hex')].some((form) =>
    text.includes(form),
  );

/** Where a thing has to be. */
function isMeant(what: string, where: string): boolean {
  // Nodes of ComfyUI's own paid APIs need it, and nobody else gets it.
  if (what.startsWith('a credential by')) return where === 'what a node was sent';
  // Where to tell and to bring is kept with the job; it is in no log and in no answer.
  if (what.startsWith('the address of')) return /^column (job|delivery)\./.test(where);
  return false;
}
