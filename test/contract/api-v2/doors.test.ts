/** One job, seen through every door that can see it, tells the same at the same moment. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call, type Job, submitJob } from '../../support/v1.js';
import { ApiV2Client, type JobAnswer } from './client.js';

interface NativeJob {
  status: string;
  create_time: number;
  execution_start_time?: number;
  execution_end_time?: number;
  execution_error?: object;
  outputs?: Record<string, Record<string, { filename: string }[]>>;
}

interface V1Job extends Omit<Job, 'history'> {
  created_at: string;
  history: { running_at: string | null }[];
}

interface Seen {
  v2: JobAnswer & { created_at: string };
  v1: V1Job;
  /** Null for jobs of other doors: ComfyUI's own shows none but its own. */
  native: NativeJob | null;
  at5014: string;
}

/** What v2 calls a job, in the words of the others. */
const words: Record<string, { v1: string[]; native: string; at5014: string }> = {
  queued: { v1: ['queued', 'delayed', 'active'], native: 'pending', at5014: 'pending' },
  running: { v1: ['active'], native: 'in_progress', at5014: 'running' },
  succeeded: { v1: ['succeeded'], native: 'completed', at5014: 'completed' },
  canceled: { v1: ['cancelled'], native: 'cancelled', at5014: 'failed' },
  failed: { v1: ['failed'], native: 'failed', at5014: 'failed' },
};

describe('one job at all doors', () => {
  let cluster: Cluster;
  let client: ApiV2Client;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'one', stepMs: 20, loadMs: 1 }] });
    client = new ApiV2Client(cluster.url);
    await eventually(
      async () => 'SaveImage' in (await call(`${cluster.service.nativeUrl}/object_info/SaveImage`)).body,
      { what: 'the classes of the cluster' },
    );
  });
  afterAll(async () => cluster.stop());

  /** Read again when the job moved while the doors were asked: what v2 says before and after must be alike. */
  async function seen(id: string): Promise<Seen> {
    return eventually(async () => {
      const before = await client.job(id);
      const [v1, native, old] = await Promise.all([
        call<V1Job>(`${cluster.url}/v1/jobs/${id}`),
        call<NativeJob>(`${cluster.service.nativeUrl}/api/jobs/${id}`),
        call(`${cluster.url}/api/status/${id}`),
      ]);
      const v2 = (await client.job(id)) as Seen['v2'];
      return (
        before.status === v2.status && {
          v2,
          v1: v1.body,
          native: native.status === 200 ? native.body : null,
          at5014: String(old.body['status']),
        }
      );
    });
  }

  async function sentToNative(prompt: object): Promise<string> {
    const { body } = await call<{ prompt_id: string }>(`${cluster.service.nativeUrl}/prompt`, 'POST', {
      prompt,
    });
    return body.prompt_id;
  }

  async function expectSame(id: string, status: string): Promise<Seen> {
    await eventually(async () => (await client.job(id)).status === status, {
      timeoutMs: 30_000,
      what: status,
    });
    const told = await seen(id);
    const { v2, v1, native, at5014 } = told;
    expect(v2.status).toBe(status);
    expect(words[status]?.v1).toContain(v1.state);
    expect(at5014).toBe(words[status]?.at5014);
    expect(native?.status ?? words[status]?.native).toBe(words[status]?.native);
    expectSameTimes(told);
    expect(v2.outputs.map(({ name, size_bytes: size }) => [name, size])).toEqual(
      v1.outputs.map(({ filename, size_bytes: size }) => [filename, size]),
    );
    const names = v2.outputs.map(({ name }) => name);
    expect(native ? filesOf(native) : names).toEqual(names);
    return told;
  }

  it('sent to v2: queued, running, done', async () => {
    const first = await client.submit(samplingGraph({ steps: 100 }));
    const second = await client.submit(samplingGraph({ steps: 5 }));
    await expectSame(first.id, 'running');
    await expectSame(second.id, 'queued');
    const { v2 } = await expectSame(second.id, 'succeeded');
    expect(v2.started_at).not.toBeNull();
    for (const { id } of v2.outputs) expect((await client.bytes(id)).length).toBeGreaterThan(0);
  });

  it('sent to ComfyUI’s own route: queued, running, done', async () => {
    const [first, second] = [
      await sentToNative(samplingGraph({ steps: 100 })),
      await sentToNative(samplingGraph({ steps: 5 })),
    ];
    expect((await expectSame(first, 'running')).native).not.toBeNull();
    expect((await expectSame(second, 'queued')).native).not.toBeNull();
    const { v2, native } = await expectSame(second, 'succeeded');
    // By the clock of the node.
    expect(native?.execution_start_time).toBeGreaterThanOrEqual(native?.create_time ?? Infinity);
    expect(native?.execution_end_time).toBeLessThanOrEqual(Date.parse(v2.completed_at ?? ''));
  });

  it('sent to /v1', async () => {
    const id = await submitJob(cluster.url, { graph: samplingGraph({ steps: 5 }) });
    expect((await expectSame(id, 'succeeded')).v2.outputs).toHaveLength(1);
  });

  it('failed: all say so', async () => {
    const fault = {
      kind: 'node-error',
      times: 1,
      classType: 'KSampler',
      message: 'burned',
      exceptionType: 'ValueError',
    };
    await call(`${cluster.node('one').url}/__sim/faults`, 'POST', fault);
    const { v2, v1, native } = await expectSame(await sentToNative(samplingGraph({ steps: 2 })), 'failed');
    expect(v2.error?.message).toBe(v1.error?.message);
    expect(native?.execution_error).toMatchObject({ node_id: v2.error?.node_id, node_type: 'KSampler' });
  });

  it('cancelled: all say so', async () => {
    const id = await sentToNative(samplingGraph({ steps: 2_000 }));
    await expectSame(id, 'running');
    await client.must('POST', `/jobs/${id}/cancel`);
    const { v2, native } = await expectSame(id, 'canceled');
    expect([v2.error, native?.status]).toEqual([null, 'cancelled']);
  });
});

function expectSameTimes({ v2, v1, native }: Seen): void {
  expect(v2.created_at).toBe(v1.created_at);
  expect(native?.create_time ?? Date.parse(v1.created_at)).toBe(Date.parse(v1.created_at));
  expect(v2.started_at).toBe(v1.history.map(({ running_at: at }) => at).find((at) => at !== null) ?? null);
  expect(v2.completed_at).toBe(v1.finished_at);
}

const filesOf = ({ outputs = {} }: NativeJob): string[] =>
  Object.values(outputs).flatMap((byKey) =>
    Object.values(byKey).flatMap((list) => list.map(({ filename }) => filename)),
  );
