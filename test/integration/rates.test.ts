/** A caller makes so many requests a minute, through whichever replicas: one more for each replica at most. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { formOf } from '../support/door-5014.js';
import { makeKey } from '../support/keys.js';
import { samplingGraph } from '../support/sampling-graph.js';

describe('rates', () => {
  const rate = 101;
  let deployment: Deployment;
  let replicas: Replica[];
  const keys: string[] = [];

  beforeAll(async () => {
    deployment = await Deployment.create([]);
    const env = { RATE_SUBMITS_PER_MINUTE: String(rate), RATE_CHANGES_PER_MINUTE: '5' };
    replicas = [await deployment.start(env), await deployment.start(env)];
    for (const principal of ['one', 'other'])
      keys.push((await makeKey(replicas[0]!.url, { principal, role: 'submit' })).key);
  });
  afterAll(async () => deployment.destroy());

  const submit = async (key: string, at: number): Promise<Response> =>
    fetch(`${replicas[at % 2]!.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ graph: samplingGraph() }),
    });

  it('are never passed by more than one request for each replica, by 64 clients at once', async () => {
    const client = async (at: number): Promise<Response[]> => {
      const answers: Response[] = [];
      for (let no = 0; no < 4; no += 1) answers.push(await submit(keys[0]!, at + no));
      return answers;
    };
    const answers = (await Promise.all(Array.from({ length: 64 }, async (_, at) => client(at)))).flat();
    const taken = answers.filter(({ status }) => status === 202);
    expect(taken.length).toBeGreaterThanOrEqual(rate);
    expect(taken.length).toBeLessThanOrEqual(rate + replicas.length);
    const refused = answers.find(({ status }) => status === 429);
    expect(await refused?.json()).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused?.headers.get('ratelimit')).toMatch(/^"submits";r=0;t=\d+$/);
    expect(taken[0]?.headers.get('ratelimit-policy')).toBe(`"submits";q=${rate};w=60`);
    // Whoever has another key has a rate of its own, and the same one may still read.
    expect((await submit(keys[1]!, 0)).status).toBe(202);
    const reading = await fetch(`${replicas[0]!.url}/v1/jobs`, {
      headers: { authorization: `Bearer ${keys[0]}` },
    });
    expect([reading.status, reading.headers.get('ratelimit')]).toEqual([200, null]);
  });

  it('are told in the words of the door', async () => {
    // Nobody at this machine has a key: the address counts.
    const upload = async (): Promise<Response> =>
      fetch(`${replicas[0]!.url}/api/upload_and_generate`, { method: 'POST', body: formOf({}) });
    let last = await upload();
    for (let no = 0; no < 60 && last.status !== 429; no += 1) last = await upload();
    expect([last.status, await last.json()]).toEqual([429, { detail: 'more submits than 101 a minute' }]);
    expect(last.headers.get('ratelimit')).toBeNull();
  });
});
