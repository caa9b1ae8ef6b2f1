/** What answers tell of outputs, failures and labels. */
import { createHash } from 'node:crypto';
import { blake3 } from 'hash-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call } from '../../support/v1.js';
import { ApiV2Client, type JobAnswer, reference } from './client.js';
import { node } from './graphs.js';

interface Page {
  jobs: (JobAnswer & { create_time: string; update_time: string })[];
  next_cursor?: string;
  truncated: boolean;
}

const filled = (color: number, prefix = 'colour'): Record<string, object> => ({
  1: node('EmptyImage', { width: 16, height: 16, batch_size: 1, color }),
  2: node('SaveImage', { images: ['1', 0], filename_prefix: prefix }),
});

describe('Comfy API v2 tells', () => {
  let cluster: Cluster;
  let client: ApiV2Client;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'one', stepMs: 1, loadMs: 1 }] });
    client = new ApiV2Client(cluster.url);
    await eventually(
      async () => 'SaveImage' in (await call(`${cluster.service.nativeUrl}/object_info/SaveImage`)).body,
      { what: 'the classes of the cluster' },
    );
  });
  afterAll(async () => cluster.stop());

  it('the hash of an output, under which it is known as its uploads are', async () => {
    const job = await client.run(filled(0x112233));
    const [output] = job.outputs;
    const bytes = await client.bytes(output?.id ?? '');
    expect(output?.hash).toBe(`blake3:${await blake3(bytes)}`);
    const again = await client.call<{ id: string; created_new: boolean }>(
      'POST',
      '/assets/from-hash',
      JSON.stringify({ hash: output?.hash, file_path: 'again.png' }),
    );
    expect(again.status).toBe(201);
    expect(await client.bytes(again.body.id)).toEqual(bytes);
  });

  it('whether all outputs are of an earlier run', async () => {
    const first = await client.run(filled(0x445566, 'reused'));
    expect(first.outputs_reused).toBe(false);
    const second = await client.run(filled(0x445566, 'reused'));
    expect(second.outputs_reused).toBe(true);
    expect(second.outputs.map(({ hash }) => hash)).toEqual(first.outputs.map(({ hash }) => hash));
    expect(second.outputs[0]?.id).not.toBe(first.outputs[0]?.id);
    // The loader is remembered, the output is not.
    const asset = reference((await client.upload(solidPng([9, 9, 9]), 'in.png')).body.id);
    const saved = (prefix: string): Record<string, object> => ({
      1: node('LoadImage', { image: asset }),
      2: node('SaveImage', { images: ['1', 0], filename_prefix: prefix }),
    });
    await client.run(saved('one'));
    expect((await client.run(saved('two'))).outputs_reused).toBe(false);
  });

  it('where and how a run failed', async () => {
    const failing = {
      kind: 'node-error',
      times: 1,
      classType: 'KSampler',
      message: 'the picture burned',
      exceptionType: 'ValueError',
    };
    await call(`${cluster.node('one').url}/__sim/faults`, 'POST', failing);
    const job = await client.ended((await client.submit(samplingGraph({ steps: 2 }))).id);
    expect(job).toMatchObject({
      status: 'failed',
      outputs: [],
      outputs_reused: false,
      error: { code: 'node_execution_error', class_type: 'KSampler' },
    });
    expect(job.error?.traceback).toContain('execution.py');
    expect(job.error?.message).toContain('the picture burned');
    expect(samplingGraph({ steps: 2 })).toHaveProperty(job.error?.node_id ?? '');
  });

  it('labels as they were given, and pages of jobs that have them', async () => {
    const batch = createHash('sha256').update(String(performance.now())).digest('hex').slice(0, 8);
    const ids: string[] = [];
    for (const index of [0, 1, 2, 3, 4]) {
      const metadata = { batch, 'kind.of_it': index % 2 === 0 ? 'even' : 'odd', empty: '' };
      const job = await client.run(filled(index), { metadata });
      expect(job.metadata).toEqual(metadata);
      ids.unshift(job.id);
    }
    const seen: string[] = [];
    const filter = `metadata%5Bbatch%5D=${batch}`;
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const path = `/jobs?limit=2&${filter}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: Page = await client.must('GET', path);
      expect(page.truncated).toBe(false);
      for (const { id, metadata, create_time: made, update_time: changed } of page.jobs) {
        seen.push(id);
        expect(metadata['batch']).toBe(batch);
        expect(new Date(made).getTime()).toBeLessThanOrEqual(new Date(changed).getTime());
      }
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(ids);
    const idsOf = async (query: string): Promise<string[]> =>
      (await client.must<Page>('GET', `/jobs?${query}`)).jobs.map(({ id }) => id);
    expect(await idsOf(`${filter}&metadata[kind.of_it]=odd`)).toEqual([ids[1], ids[3]]);
    expect(await idsOf(`${filter}&metadata[kind.of_it]=none`)).toEqual([]);
    expect(await idsOf(`${filter}&status=succeeded,failed`)).toEqual(ids);
    expect(await idsOf(`${filter}&status=queued,running`)).toEqual([]);
  });

  it('queued jobs as queued until they run, whoever holds them', async () => {
    const long = await client.submit(samplingGraph({ steps: 4_000 }));
    await eventually(async () => (await client.job(long.id)).status === 'running', { what: 'a running job' });
    const waiting = [
      await client.submit(samplingGraph({ steps: 4_000 })),
      await client.submit(samplingGraph({ steps: 4_000 })),
    ];
    const listed = await client.must<Page>('GET', '/jobs?status=queued');
    expect(listed.jobs.map(({ id }) => id)).toEqual(waiting.map(({ id }) => id).toReversed());
    for (const { queue_position: position } of listed.jobs) expect(position).toBeGreaterThanOrEqual(1);
    expect((await client.must<Page>('GET', '/jobs?status=running')).jobs.map(({ id }) => id)).toEqual([
      long.id,
    ]);
    for (const { id } of [...waiting, long]) await client.must('POST', `/jobs/${id}/cancel`);
    for (const { id } of [...waiting, long]) expect((await client.ended(id)).status).toBe('canceled');
  });

  it.each([
    ['metadata[a]=1&metadata[b]=1&metadata[c]=1&metadata[d]=1', 'invalid_metadata_filter'],
    ['metadata=1', 'invalid_metadata_filter'],
    ['cursor=made-up', 'invalid_cursor'],
    ['limit=0', 'invalid_request'],
    ['status=done', 'invalid_request'],
  ])('what is wrong with a list: %s', async (query, code) => {
    const { status, body } = await client.call<{ error: { code: string } }>('GET', `/jobs?${query}`);
    expect([status, body.error.code]).toEqual([400, code]);
  });
});
