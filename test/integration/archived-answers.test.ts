/** A job that moves to the archive is the same job at every door: what was answered before is answered after, byte by byte. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveStore } from '../../src/modules/jobs/record/archive/archive.store.js';
import { NativeClient } from '../contract/native/native-client.js';
import { submit, statusWhen } from '../support/door-5014.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

const answerMs = 20_000;

interface Listed {
  id: string;
  created_at: string;
}

interface Page {
  jobs: Listed[];
  next_cursor: string | null;
}

describe('answers about jobs that ended', () => {
  let deployment: Deployment;
  let service: Replica;
  let ann: NativeClient;
  let bob: NativeClient;
  let archive: ArchiveStore;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'one', stepMs: 5, loadMs: 1 }]);
    service = await deployment.start();
    ann = new NativeClient(service.nativeUrl, '127.0.0.2');
    bob = new NativeClient(service.nativeUrl, '127.0.0.3');
    archive = new ArchiveStore(deployment.database!.pool);
  });
  afterAll(async () => {
    await Promise.all([ann.close(), bob.close()]);
    await deployment.destroy();
  });

  async function archiveAllThatEnded(): Promise<number> {
    let moved = 0;
    for await (const batch of archive.move(0, 3)) moved += batch;
    return moved;
  }

  /** Status, the headers that tell of the file, and the body. */
  async function answerOf(url: string, range?: string): Promise<string> {
    const response = await fetch(url, {
      headers: range === undefined ? {} : { range },
      signal: AbortSignal.timeout(answerMs),
    });
    const told = ['content-type', 'content-length', 'content-range', 'etag', 'last-modified'];
    const headers = told.map((name) => response.headers.get(name));
    return JSON.stringify([
      response.status,
      headers,
      Buffer.from(await response.arrayBuffer()).toString('latin1'),
    ]);
  }

  async function nativeAnswerOf(client: NativeClient, path: string): Promise<string> {
    const response = await client.get(path);
    return JSON.stringify([response.status, await response.text()]);
  }

  /** Runs of all kinds, through all doors: what ended well, badly, cancelled while waiting and while running. */
  async function work() {
    const failing = {
      ...samplingGraph(),
      1: { class_type: 'UnetLoaderGGUF', inputs: { unet_name: 'none.gguf' } },
    };
    const compat = await submit(service.url);
    const v1 = await service.jobs.submit(samplingGraph(), { labels: { a: 'b' } });
    const refused = await service.jobs.submitNamed('failing', failing, {
      deadline: new Date(Date.now() + 700).toISOString(),
    });
    const clientId = randomUUID();
    const native: string[] = [];
    for (let index = 0; index < 3; index += 1)
      native.push(
        await ann.submit(samplingGraph(), {
          client_id: clientId,
          extra_data: { extra_pnginfo: { workflow: { id: 'w' } } },
        }),
      );
    for (const id of native) await ann.finished(id);
    const bobs = await bob.submit(samplingGraph());
    await bob.finished(bobs);
    const interrupted = await ann.submit(samplingGraph({ steps: 2_000 }));
    const withdrawn = await ann.submit(samplingGraph());
    await eventually(
      async () => (await ann.json<{ queue_running: unknown[] }>('/queue')).queue_running.length === 1,
    );
    await ann.post('/queue', { delete: [withdrawn] });
    await ann.post('/interrupt', { prompt_id: interrupted });
    await ann.finished(interrupted);
    await statusWhen(service.url, compat, 'completed');
    for (const id of [v1, refused]) await service.jobs.ended(id);
    return { compat, v1, refused, native, bobs, interrupted, withdrawn };
  }

  async function everyAnswer(ids: Awaited<ReturnType<typeof work>>): Promise<Record<string, string>> {
    const all = [ids.compat, ids.v1, ids.refused, ids.bobs, ids.interrupted, ids.withdrawn, ...ids.native];
    const answers: Record<string, string> = {};
    for (const id of all) {
      for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/events`, `/api/status/${id}`])
        answers[path] = await answerOf(service.url + path);
      for (const { url } of (await service.jobs.get(id)).outputs) {
        answers[url] = await answerOf(url);
        answers[`${url} ranged`] = await answerOf(url, 'bytes=5-20');
        const unnamed = url.replace(/&prompt_id=[^&]*/, '');
        answers[unnamed] = await answerOf(unnamed);
      }
      for (const [name, client] of [
        ['ann', ann],
        ['bob', bob],
      ] as const)
        for (const path of [`/history/${id}`, `/api/jobs/${id}`])
          answers[`${name} ${path}`] = await nativeAnswerOf(client, path);
    }
    const lists = [
      '/v1/jobs',
      '/v1/jobs?state=cancelled',
      '/v1/jobs?state=succeeded&limit=2',
      '/v1/jobs?workflow=wan2.2_i2v_14b_4',
    ];
    for (const path of lists) answers[path] = await answerOf(service.url + path);
    const nativeLists = [
      '/history',
      '/history?max_items=2',
      '/history?max_items=2&offset=1',
      '/queue',
      '/api/jobs',
      '/api/jobs?status=cancelled,failed',
      '/api/jobs?limit=2&offset=1',
      '/api/jobs?sort_by=execution_duration&sort_order=asc',
      '/api/jobs?workflow_id=w&limit=2',
    ];
    for (const path of nativeLists) {
      answers[`ann ${path}`] = await nativeAnswerOf(ann, path);
      answers[`bob ${path}`] = await nativeAnswerOf(bob, path);
    }
    for (const id of [...ids.native, ids.bobs])
      for (const file of (await (id === ids.bobs ? bob : ann).history(id))?.outputs['8']?.['images'] ?? [])
        for (const [name, client] of [
          ['ann', ann],
          ['bob', bob],
        ] as const) {
          const path = `/view?${new URLSearchParams({ ...file }).toString()}`;
          answers[`${name} ${path}`] = await nativeAnswerOf(client, path);
        }
    return answers;
  }

  async function oldestEndedAgeSeconds(): Promise<number> {
    const text = await (
      await fetch(`${service.url}/metrics`, { signal: AbortSignal.timeout(answerMs) })
    ).text();
    expect(text).toMatch(/^comfymux_record_dead_rows\{table="job"\} \d+$/m);
    return Number(/^comfymux_record_oldest_ended_age_seconds (\S+)$/m.exec(text)?.[1]);
  }

  /** Every job, by pages. */
  async function paged(limit: number): Promise<Listed[]> {
    const listed: Listed[] = [];
    for (let cursor: string | null = ''; cursor !== null && listed.length < 1_000;) {
      const page = await fetch(`${service.url}/v1/jobs?limit=${limit}${cursor && `&cursor=${cursor}`}`, {
        signal: AbortSignal.timeout(answerMs),
      });
      const { jobs, next_cursor } = (await page.json()) as Page;
      listed.push(...jobs.map(({ id, created_at }) => ({ id, created_at })));
      cursor = next_cursor;
    }
    return listed;
  }

  it('are the same before and after the move, at every door and to every caller', async () => {
    const ids = await work();
    const before = await everyAnswer(ids);
    expect(Object.keys(before).length).toBeGreaterThan(80);
    const pagedBefore = await paged(2);
    expect(await oldestEndedAgeSeconds()).toBeGreaterThan(0);
    expect(await archiveAllThatEnded()).toBe(9);
    expect((await deployment.database!.pool.query('SELECT FROM job')).rowCount).toBe(0);
    const after = await everyAnswer(ids);
    for (const [request, answer] of Object.entries(before)) expect(after[request], request).toBe(answer);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(await paged(2)).toEqual(pagedBefore);

    // An id stays taken, an end stays an end.
    expect(await service.jobs.cancel(ids.v1)).toBe('succeeded');
    expect(await (await ann.post(`/api/jobs/${ids.native[0]}/cancel`, {})).json()).toEqual({
      cancelled: false,
    });
    const again = await ann.post('/prompt', { prompt: samplingGraph(), prompt_id: ids.native[0] });
    expect(again.status).toBe(400);
    // A deletion from the history reaches the archive, and no further than the caller.
    await bob.post('/history', { delete: [ids.native[0]], clear: true });
    expect(await ann.history(ids.native[0]!)).toBeDefined();
    expect(await bob.json('/history')).toEqual({});
    await ann.post('/history', { delete: [ids.native[0]] });
    expect(await ann.json(`/history/${ids.native[0]}`)).toEqual({});
    expect(Object.keys(await ann.json<object>('/history'))).toEqual([
      ...ids.native.slice(1),
      ids.interrupted,
    ]);
    await ann.post('/history', { clear: true });
    expect(await ann.json('/history')).toEqual({});
  });

  it('page right across the border, jobs of both sides mixed', async () => {
    await archiveAllThatEnded();
    const rounds: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 3; index += 1) rounds.push(await ann.submit(samplingGraph()));
      for (const id of rounds) await ann.finished(id);
      // The two that ended first.
      for await (const moved of archive.move(0, 2)) if (moved > 0) break;
    }
    const { rows } = await deployment.database!.pool.query<{ hot: number; archived: number }>(
      `SELECT (SELECT count(*)::int FROM job) AS hot, (SELECT count(*)::int FROM archive.job WHERE id = ANY ($1::uuid[])) AS archived`,
      [rounds],
    );
    expect(rows[0]).toEqual({ hot: 3, archived: 6 });
    expect(Object.keys(await ann.json<object>('/history'))).toEqual(rounds);
    const seen: string[] = [];
    for (let offset = 0; offset < 9; offset += 2) {
      const path = `/api/jobs?limit=2&offset=${offset}&sort_order=asc`;
      const { jobs, pagination } = await ann.json<Page & { pagination: { total: number } }>(path);
      seen.push(...jobs.map(({ id }) => id));
      expect(pagination.total).toBe(rounds.length);
    }
    expect(seen).toEqual(rounds);
    const listed = await paged(2);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
    const newestFirst = listed.toSorted(
      (one, other) => other.created_at.localeCompare(one.created_at) || other.id.localeCompare(one.id),
    );
    expect(listed).toEqual(newestFirst);
  });
});
