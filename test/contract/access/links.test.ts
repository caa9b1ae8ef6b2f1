/** Addresses of results, as they are told: opened by who can send no header, for as long as they are good, and for nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { type MadeKey, makeKey, makeTenant } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { expectWithin } from '../../support/within.js';

const secret = 'a key of sixteen letters';
let deployment: Deployment;
let replicas: Replica[];
const keys: Record<string, MadeKey> = {};

const as = (who: string) => ({ authorization: `Bearer ${keys[who]?.key}` });
async function post<T>(path: string, body: unknown, who: string): Promise<T> {
  const answer = await fetch(`${replicas[0]!.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...as(who) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
}

interface Told {
  id: string;
  state: string;
  outputs: { url: string; filename: string; subfolder: string; type: string }[];
}

/** A finished job of whoever; told by replica `at`. */
async function jobOf(who: string, at = 0): Promise<Told> {
  const { id } = await post<{ id: string }>('/v1/jobs', { graph: samplingGraph() }, who);
  return eventually(
    async () => {
      const job = (await (
        await fetch(`${replicas[at]!.url}/v1/jobs/${id}`, { headers: as(who) })
      ).json()) as Told;
      return job.state === 'succeeded' ? job : undefined;
    },
    { timeoutMs: 60_000 },
  );
}
const statusOf = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers });
  await answer.body?.cancel();
  return answer.status;
};
/** As it reaches another replica. */
const at = (url: string, replica: number) => url.replace(replicas[0]!.url, replicas[replica]!.url);

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one', speed: 200 }]);
  const env = { SECRET_KEY: secret };
  replicas = [await deployment.start(env), await deployment.start(env)];
  await makeTenant(replicas[0]!.url, 'team-a');
  for (const [name, tenant] of [
    ['a', 'team-a'],
    ['leaver', 'team-a'],
    ['d', 'default'],
  ] as const)
    keys[name] = await makeKey(replicas[0]!.url, { principal: name, tenant, role: 'submit' });
});
afterAll(async () => deployment.destroy());

describe('the address of a result', () => {
  it('is unsigned where everybody may open it, and opens it', async () => {
    const [output] = (await jobOf('d')).outputs;
    expect(output?.url).not.toContain('signature');
    expect(await statusOf(output!.url)).toBe(200);
  });

  it('is signed where a key is needed, and opens just this one, by any replica, whole or in part', async () => {
    const job = await jobOf('a');
    const { url, filename } = job.outputs[0]!;
    expect(url).toContain('&signature=');
    expect(await statusOf(url)).toBe(200);
    expect(await statusOf(at(url, 1), { range: 'bytes=0-3' })).toBe(206);
    // A page of any site may show it, and whoever has a key of somebody else.
    expect(await statusOf(url, { 'sec-fetch-site': 'cross-site', ...as('d') })).toBe(200);
    expect(await statusOf(url.replace(/&signature=.*/, ''))).toBe(404);
    const other = await jobOf('a');
    expect(await statusOf(url.replaceAll(job.id, other.id))).toBe(404);
    expect(await statusOf(url.replace(filename, `x${filename}`))).toBe(404);
    // No other route takes it.
    const { search } = new URL(url);
    expect(
      await statusOf(`${replicas[0]!.url}/v1/jobs/${job.id}${search}`, { 'x-forwarded-for': '10.0.0.9' }),
    ).toBe(401);
  });

  it('is told by events as it is by the job', async () => {
    const answer = await fetch(`${replicas[1]!.url}/v1/events?types=job`, { headers: as('a') });
    const job = await jobOf('a');
    let text = '';
    const signed = () => text.match(new RegExp(`http[^"]*${job.id}&signature=[^"]*(?=")`, 'g')) ?? [];
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (signed().length > 0) break;
    }
    const [url = ''] = signed();
    expect(await statusOf(url)).toBe(200);
  });

  it('ends with the key that it was told to, on every replica within two seconds', async () => {
    const { url } = (await jobOf('leaver')).outputs[0]!;
    expect(await statusOf(at(url, 1))).toBe(200);
    const revokedAtMs = performance.now();
    await fetch(`${replicas[0]!.url}/v1/keys/${keys.leaver!.id}`, { method: 'DELETE' });
    await eventually(async () => (await statusOf(at(url, 1))) === 404, { intervalMs: 50 });
    expectWithin(2_000, revokedAtMs);
  });

  it('can be asked for with a time of its own, for both ports', async () => {
    const job = await jobOf('a');
    const { filename, subfolder, type } = job.outputs[0]!;
    const order = { job_id: job.id, filename, subfolder, type };
    const link = await post<{ url: string; native_path: string }>(
      '/v1/links',
      { ...order, lifetime_s: 2 },
      'a',
    );
    const native = `${replicas[1]!.nativeUrl}${link.native_path}`;
    const strange = { 'x-forwarded-for': '10.0.0.9' };
    for (const url of [link.url, native]) expect(await statusOf(url, strange)).toBe(200);
    expect(await statusOf(native.replace('signature=', 'signature=1'), strange)).toBe(401);
    await eventually(async () => (await statusOf(native, strange)) === 401);
    await eventually(async () => (await statusOf(link.url, strange)) === 404);
    const theirs = await fetch(`${replicas[0]!.url}/v1/links`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...as('d') },
      body: JSON.stringify(order),
    });
    expect(theirs.status).toBe(404);
  });
});

it('with AUTH=on a link opens without a key, and under a changed SECRET_KEY as long as the old one is read', async () => {
  const job = await jobOf('a');
  const { url } = job.outputs[0]!;
  await replicas[1]!.stop();
  await replicas[0]!.stop();
  replicas = [
    await deployment.start(
      { AUTH: 'on', SECRET_KEY: 'another key of sixteen', SECRET_KEY_PREVIOUS: secret },
      { nodesReady: false },
    ),
  ];
  const here = new URL(url);
  here.host = new URL(replicas[0]!.url).host;
  expect(await statusOf(here.href)).toBe(200);
  here.searchParams.delete('signature');
  expect(await statusOf(here.href)).toBe(401);
});
