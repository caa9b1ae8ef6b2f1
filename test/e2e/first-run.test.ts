/** What a client of the original service does on its first day, against the built service. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import {
  formOf,
  smallRun,
  statusOf,
  statusWhen,
  submit,
  videoOf,
  type Status,
} from '../support/door-5014.js';
import { readMp4 } from '../support/mp4.js';
import { eventually } from '../support/poll.js';

const unhurried = { steps: 8 };

describe('the original API on a cluster', () => {
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1', loadMs: 20, stepMs: 250 }] });
    url = cluster.url;
  });
  afterAll(() => cluster.stop());

  it('is healthy while a node answers', async () => {
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'healthy', comfyui_status: 'connected' });
  });

  it('shows a job pending, then running with rising progress, then completed', async () => {
    const ahead = await submit(url, { fields: unhurried });
    const promptId = await submit(url, { fields: { ...unhurried, noise_seed: 2 } });
    const seen = await follow(url, promptId);
    expect(withoutRepeats(seen.map(({ status }) => status))).toEqual(['pending', 'running', 'completed']);
    const progress = seen.flatMap((status) => (status.status === 'running' ? [status.progress ?? -1] : []));
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));
    expect(progress.every((percent) => percent >= 0 && percent <= 100)).toBe(true);
    expect(new Set(progress).size).toBeGreaterThanOrEqual(3);
    expect((await statusOf(url, ahead)).status).toBe('completed');
  });

  it('makes a video of exactly the frames and the rate asked for', async () => {
    for (const asked of [
      { length: 16, fps: 8 },
      { length: 33, fps: 24 },
      { length: 81, fps: 60 },
    ]) {
      const video = readMp4(await videoOf(url, await submit(url, { fields: asked })));
      expect({ length: video.frameCount, fps: video.framesPerSecond }).toEqual(asked);
    }
  });

  it('names each video with an absolute address that answers whole and in ranges', async () => {
    const promptId = await submit(url);
    const { videos, error, progress } = await statusWhen(url, promptId, 'completed');
    const [video] = videos ?? [];
    expect({ error, count: videos?.length }).toEqual({ error: null, count: 1 });
    expect([null, 100]).toContain(progress);
    expect(video).toMatchObject({ subfolder: 'wan2.2', type: 'output', format: 'mp4' });
    expect(video?.filename).toMatch(/^i2v_\d{5}\.mp4$/);
    expect(video?.url.startsWith(`${url}/cfui/view?filename=`)).toBe(true);
    const whole = Buffer.from(await (await fetch(video?.url ?? '')).arrayBuffer());
    await expectRange(video?.url ?? '', 'bytes=4-7', whole.subarray(4, 8), `bytes 4-7/${whole.length}`);
    await expectRange(
      video?.url ?? '',
      'bytes=-10',
      whole.subarray(-10),
      `bytes ${whole.length - 10}-${whole.length - 1}/${whole.length}`,
    );
    expect(whole.toString('latin1', 4, 8)).toBe('ftyp');
    const beyond = await fetch(video?.url ?? '', { headers: { range: `bytes=${whole.length}-` } });
    expect(beyond.status).toBe(416);
  });

  it('generates again from the name of an uploaded picture', async () => {
    await statusWhen(url, await submit(url, { filename: 'again.png' }), 'completed');
    const response = await fetch(`${url}/api/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ image_filename: 'again.png', ...smallRun, length: 20 }),
    });
    expect(response.status).toBe(200);
    const { prompt_id: promptId } = (await response.json()) as { prompt_id: string };
    expect(readMp4(await videoOf(url, promptId)).frameCount).toBe(20);
  });

  it('answers the synchronous call with the video', async () => {
    const response = await generateSync(url, { timeout: 45 });
    expect(response.status).toBe(200);
    const body = (await response.json()) as { prompt_id: string; videos: { url: string }[] };
    expect(body).toMatchObject({ status: 'completed', message: '视频生成完成', videos: [{ format: 'mp4' }] });
    expect((await fetch(body.videos[0]?.url ?? '')).status).toBe(200);
    expect((await statusOf(url, body.prompt_id)).videos).toEqual(body.videos);
  });

  it('answers 408 to a synchronous call that takes too long, and the job goes on', async () => {
    const node = cluster.node('sim-1');
    const before = node.record().length;
    const hang = node.inject({ kind: 'hang-sampling' });
    onTestFinished(() => hang.clear());
    const response = await generateSync(url, { timeout: 1 });
    expect(response.status).toBe(408);
    expect(await response.json()).toEqual({
      detail: '视频生成超时（1秒），请使用异步接口或增加超时时间',
    });
    const entries = node.record().slice(before);
    expect(entries.map(({ outcome }) => outcome)).toEqual([null]);
    const { jobs } = (await (await fetch(`${url}/v1/jobs?limit=1`)).json()) as { jobs: { id: string }[] };
    hang.clear();
    await statusWhen(url, jobs[0]?.id ?? '', 'completed');
    expect(node.record()).toHaveLength(before + 1);
  });

  it("tells a failed run with the node's own words, in both calls", async () => {
    const message = 'The size of tensor a (21) must match the size of tensor b (20)';
    const node = cluster.node('sim-1');
    onTestFinished(() => node.clearFaults());
    node.inject({ kind: 'node-error', classType: 'KSamplerAdvanced', message, times: 20 });
    const promptId = await submit(url);
    const failed = await statusWhen(url, promptId, 'failed');
    expect(failed).toEqual({
      prompt_id: promptId,
      status: 'failed',
      progress: null,
      videos: null,
      error: expect.stringContaining(message),
    });
    const response = await generateSync(url, { timeout: 45 });
    expect(response.status).toBe(500);
    const { detail } = (await response.json()) as { detail: string };
    expect(detail).toMatch(/^视频生成失败: /);
    expect(detail).toContain(message);
    node.clearFaults();
    await statusWhen(url, await submit(url), 'completed');
  });

  it('knows nothing of an id that it never gave', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    expect(await statusOf(url, id)).toEqual({
      prompt_id: id,
      status: 'unknown',
      progress: null,
      videos: null,
      error: null,
    });
  });
});

/** Every status a client sees that asks all the time. */
async function follow(url: string, promptId: string): Promise<Status[]> {
  const seen: Status[] = [];
  await eventually(
    async () => {
      const status = await statusOf(url, promptId);
      seen.push(status);
      return status.status === 'completed' || status.status === 'failed';
    },
    { timeoutMs: 45_000, intervalMs: 40, what: 'the end of the job' },
  );
  return seen;
}

const withoutRepeats = (values: string[]): string[] =>
  values.filter((value, index) => value !== values[index - 1]);

async function expectRange(url: string, range: string, bytes: Buffer, contentRange: string): Promise<void> {
  const response = await fetch(url, { headers: { range } });
  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe(contentRange);
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
}

function generateSync(url: string, fields: Record<string, string | number>): Promise<Response> {
  return fetch(`${url}/api/upload_and_generate_sync`, { method: 'POST', body: formOf({ fields }) });
}
