import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

const prompts = 9;
const longChars = 12_000_000;

/** The service has less heap than one such answer is long. */
describe('answers longer than the memory of the process', () => {
  let cluster: NativeCluster;
  let client: NativeClient;
  let sql: Client;
  const ids: string[] = [];

  beforeAll(async () => {
    cluster = await startNativeCluster(
      [{ name: 'a', models: { checkpoints: ['sd15.safetensors'] }, stepMs: 1 }],
      {
        NODE_OPTIONS: '--max-old-space-size=128',
      },
    );
    client = new NativeClient(cluster.url);
    sql = new Client({ connectionString: cluster.database.url });
    await sql.connect();
    for (let seed = 0; seed < prompts; seed += 1) ids.push(await client.submit(samplingGraph({ seed })));
    await eventually(async () => Object.keys(await client.json<object>('/history')).length === prompts, {
      timeoutMs: 60_000,
      intervalMs: 100,
      what: 'all ends',
    });
    await sql.query(
      `UPDATE job_input SET extra_data = '{"x":"' || repeat('x', ${longChars}) || '","y":{"z":[1,2]}}'`,
    );
  });
  afterAll(async () => {
    await sql.end();
    await client.close();
    await cluster.stop();
  });

  /** Its length, and which of the ids are members of it, without keeping it. */
  async function read(path: string): Promise<{ chars: number; found: string[]; end: string }> {
    const answer = await client.get(path, { signal: AbortSignal.timeout(100_000) });
    if (answer.status !== 200 || !answer.body) throw new Error(`${path}: ${answer.status}`);
    const found = new Set<string>();
    let [chars, tail] = [0, ''];
    const decoder = new TextDecoder();
    for await (const chunk of answer.body) {
      const text = tail + decoder.decode(chunk as Uint8Array, { stream: true });
      for (const [, id] of text.matchAll(/"([0-9a-f-]{36})": \{"prompt"/g)) if (id) found.add(id);
      chars += text.length - tail.length;
      tail = text.slice(-60);
    }
    return { chars, found: [...found], end: tail };
  }

  it('writes the newest of a history to their end, and leaves out the oldest beyond 64 MB', async () => {
    const { found, chars, end } = await read('/history');
    expect(found.length).toBeGreaterThan(4);
    expect(found.length).toBeLessThan(prompts);
    expect(found.toSorted()).toEqual(await newestIds(found.length));
    expect(chars).toBeGreaterThan(found.length * longChars);
    expect(end).toMatch(/"real_node_id": "9"\}\}\}\}$/);
    expect(await livez()).toBe(200);
  });

  it('writes to several readers at once, and forgets one that goes away', async () => {
    const gone = new AbortController();
    const cut = client.get('/history', { signal: gone.signal });
    setTimeout(() => gone.abort(), 500);
    const [one, other] = await Promise.all([
      read('/history?max_items=3'),
      read('/api/history?max_items=2&offset=1'),
      cut.then(async (answer) => answer.text()).catch(() => undefined),
    ]);
    expect([one.found.length, other.found.length]).toEqual([3, 2]);
    expect(await livez()).toBe(200);
  });

  it('keeps every byte of a prompt that comes in slices', async () => {
    const [id = ''] = ids;
    const text = 'é"\\,:€𝄞'.repeat(200_000);
    await sql.query('UPDATE job_input SET extra_data = $2 WHERE job_id = $1', [
      id,
      JSON.stringify({ x: text, y: { z: [1, 2] } }),
    ]);
    const entry = await client.json<
      Record<string, { prompt: [number, string, object, Record<string, unknown>] }>
    >(`/history/${id}`);
    const { x, y, create_time: createdAt } = entry[id]?.prompt[3] ?? {};
    expect(x === text).toBe(true);
    expect([y, typeof createdAt]).toEqual([{ z: [1, 2] }, 'number']);
    const job = await client.json<{ workflow: { extra_data: { y: unknown }; prompt: object } }>(
      `/api/jobs/${id}`,
    );
    expect([job.workflow.extra_data.y, Object.keys(job.workflow.prompt).length]).toEqual([{ z: [1, 2] }, 7]);
  });

  it('lists what waits without holding it', async () => {
    await fetch(`${cluster.service.url}/v1/nodes/a-0/drain`, { method: 'POST' });
    for (let seed = 50; seed < 53; seed += 1) ids.push(await client.submit(samplingGraph({ seed })));
    await sql.query(
      `UPDATE job_input SET extra_data = '{"x":"' || repeat('x', ${longChars}) || '"}' WHERE job_id = ANY ($1::uuid[])`,
      [ids.slice(prompts)],
    );
    const { chars, end } = await read('/queue');
    expect(chars).toBeGreaterThan(3 * longChars);
    expect(end).toMatch(/"create_time": \d+\}, \["9"\]\]\]\}$/);
    expect(await livez()).toBe(200);
  });

  async function newestIds(count: number): Promise<string[]> {
    const { rows } = await sql.query<{ id: string }>(
      'SELECT id FROM job ORDER BY finished_at DESC, created_at DESC LIMIT $1',
      [count],
    );
    return rows.map(({ id }) => id).toSorted();
  }

  const livez = async (): Promise<number> => (await fetch(`${cluster.service.url}/livez`)).status;
});
