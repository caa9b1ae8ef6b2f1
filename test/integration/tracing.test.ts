import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { formOf } from '../support/door-5014.js';
import { freePort } from '../support/ports.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { type ReceivedSpan, TraceCollector } from '../support/trace-collector.js';
import { expectWithin } from '../support/within.js';

const newTrace = () => {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
};

async function submitTo(
  url: string,
  path: string,
  body: object | FormData,
  traceparent: string,
): Promise<string> {
  const isForm = body instanceof FormData;
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { traceparent, ...(!isForm && { 'content-type': 'application/json' }) },
    body: isForm ? body : JSON.stringify(body),
  });
  const answer = (await response.json()) as { id?: string; prompt_id?: string };
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  return answer.id ?? answer.prompt_id ?? '';
}

const traceIdOf = async (replica: Replica, jobId: string): Promise<string | null> =>
  ((await replica.jobs.get(jobId)) as unknown as { trace_id: string | null }).trace_id;

describe('two replicas that send their spans to a collector', () => {
  const collector = new TraceCollector();
  let deployment: Deployment;
  let left: Replica;
  let right: Replica;

  beforeAll(async () => {
    await collector.start();
    const node = { stepMs: 20, loadMs: 1 };
    deployment = await Deployment.create(['one', 'two', 'three', 'four'].map((name) => ({ name, ...node })));
    const env = { ...collector.env, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=let%20me%20in' };
    [left, right] = await Promise.all([deployment.start(env), deployment.start(env)]);
  });
  afterEach(() => deployment.nodes.forEach((node) => node.clearFaults()));
  afterAll(async () => {
    await deployment.destroy();
    await collector.stop();
  });

  /** The spans of a trace once its last attempt is told. */
  const settledTrace = async (traceId: string, attempts = 1): Promise<ReceivedSpan[]> =>
    eventually(
      () => {
        const spans = collector.of(traceId);
        const told = (name: string): number => spans.filter((span) => span.name === name).length;
        const isWhole = told('settle') === attempts && told('queue') === attempts;
        return isWhole && spans.some(({ name }) => name.startsWith('POST ')) && spans;
      },
      { timeoutMs: 15_000, what: 'the whole trace' },
    );

  it('tell each job from its request to its end as one trace, whoever did the parts', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const trace = newTrace();
        const replica = index % 2 ? left : right;
        const id = await submitTo(replica.url, '/v1/jobs', { graph: samplingGraph() }, trace.traceparent);
        return { ...trace, id };
      }),
    );
    for (const { id } of jobs) await left.jobs.ended(id);
    const senders = new Set<string>();
    for (const { id, traceId, spanId } of jobs) {
      const spans = await settledTrace(traceId);
      const request = spans.find(({ name }) => name === 'POST /v1/jobs');
      const attempt = spans.find(({ name }) => name === 'attempt');
      expect(request).toMatchObject({
        parentSpanId: spanId,
        attributes: { 'http.response.status_code': '202' },
      });
      const parents = Object.fromEntries(spans.map(({ name, parentSpanId }) => [name, parentSpanId]));
      expect(parents).toEqual({
        'POST /v1/jobs': spanId,
        queue: request?.spanId,
        place: request?.spanId,
        attempt: request?.spanId,
        ...Object.fromEntries(
          ['send', 'start', 'run', 'collect', 'settle'].map((name) => [name, attempt?.spanId]),
        ),
      });
      expect(attempt).toMatchObject({
        failure: undefined,
        attributes: {
          'comfymux.job.id': id,
          'comfymux.tenant': 'default',
          'comfymux.workflow': expect.stringMatching(/./),
          'comfymux.outcome': 'ok',
          'comfymux.job.state': 'succeeded',
        },
      });
      expect(spans.every(({ fromMs, toMs }) => toMs >= fromMs)).toBe(true);
      for (const { instance } of spans) senders.add(instance);
    }
    expect(senders.size).toBe(2);
    // The parts of some one job were done by both.
    expect(
      jobs.some(({ traceId }) => new Set(collector.of(traceId).map((span) => span.instance)).size === 2),
    ).toBe(true);
    expect(collector.headers[0]).toMatchObject({ 'x-key': 'let me in' });
  });

  it('keep a job that is run again in its trace, with both attempts', async () => {
    const trace = newTrace();
    const id = await submitTo(
      left.url,
      '/v1/jobs',
      { graph: samplingGraph({ steps: 60 }) },
      trace.traceparent,
    );
    const { node_id: nodeId } = await left.jobs.attemptIs(id, 'running');
    await deployment.node(nodeId ?? '').restart();
    expect((await left.jobs.ended(id)).history.map(({ outcome }) => outcome)).toEqual(['node_lost', 'ok']);
    const spans = await settledTrace(trace.traceId, 2);
    const told = spans.filter(({ name }) => name === 'attempt');
    expect(told.map(({ failure }) => failure)).toEqual(['node_lost', undefined]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([trace.traceId]));
    const [, secondWait] = spans.filter(({ name }) => name === 'queue');
    expect(secondWait?.fromMs).toBeGreaterThanOrEqual(told[0]?.fromMs ?? Infinity);
  });

  it.each([
    ['the original API', () => left.url, '/api/upload_and_generate', () => formOf({})],
    ["ComfyUI's own API", () => left.nativeUrl, '/prompt', () => ({ prompt: samplingGraph() })],
    [
      "ComfyUI's own API under /api",
      () => left.nativeUrl,
      '/api/prompt',
      () => ({ prompt: samplingGraph() }),
    ],
  ])("continue the caller's trace through %s", async (_door, url, path, body) => {
    const trace = newTrace();
    const id = await submitTo(url(), path, body(), trace.traceparent);
    expect(await traceIdOf(right, id)).toBe(trace.traceId);
    await right.jobs.ended(id);
    const spans = await settledTrace(trace.traceId);
    expect(spans.find(({ name }) => name.startsWith('POST '))?.parentSpanId).toBe(trace.spanId);
  });

  it('begin a trace of their own when the caller has none, and name it in the job and in its logs', async () => {
    const id = await left.jobs.submit(samplingGraph());
    await left.jobs.ended(id);
    const traceId = await traceIdOf(right, id);
    expect(traceId).toMatch(/^[\da-f]{32}$/);
    const request = (await settledTrace(traceId ?? '')).find(({ name }) => name === 'POST /v1/jobs');
    expect(request?.parentSpanId ?? '').toBe('');
    const lines = [left, right]
      .flatMap((replica) => replica.output().split('\n'))
      .filter((line) => line.includes(id));
    expect(lines.filter((line) => line.includes('job succeeded')).join()).toContain(`"traceId":"${traceId}"`);
  });

  it('tell of a job that was cancelled while it waited', async () => {
    const trace = newTrace();
    for (const node of deployment.nodes) await left.jobs.post(`/v1/nodes/${node.name}/drain`, {});
    const id = await submitTo(left.url, '/v1/jobs', { graph: samplingGraph() }, trace.traceparent);
    await right.jobs.cancel(id);
    const wait = await eventually(() => collector.of(trace.traceId).find(({ name }) => name === 'queue'));
    expect(wait).toMatchObject({
      failure: 'cancelled',
      attributes: { 'comfymux.job.id': id, 'comfymux.tenant': 'default' },
    });
    for (const node of deployment.nodes) await left.jobs.post(`/v1/nodes/${node.name}/undrain`, {});
  });

  it('put no prompt, path or query of a caller into a span', async () => {
    const told = JSON.stringify(collector.spans);
    expect(told).not.toContain('a lake');
    expect(told).not.toContain('picture.png');
    expect(told.length).toBeGreaterThan(1000);
  });

  it('leave what polls and probes out, unless its caller traces it', async () => {
    const trace = newTrace();
    await fetch(`${left.url}/v1/nodes?x=secret`, { headers: { traceparent: trace.traceparent } });
    await eventually(() => collector.of(trace.traceId).length > 0);
    expect(collector.of(trace.traceId)).toMatchObject([{ name: 'GET /v1/nodes' }]);
    expect(collector.spans.filter(({ name }) => /^GET (?!\/v1\/nodes)/.test(name))).toEqual([]);
  });
});

describe('a collector that does not work', () => {
  it.each([
    ['is not there', async () => ({ port: await freePort(), close: () => undefined })],
    [
      'never answers',
      async () => {
        const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
        await once(server, 'listening');
        return { port: (server.address() as { port: number }).port, close: () => server.close() };
      },
    ],
  ])('that %s harms no job and holds up no stop', async (_what, open) => {
    const { port, close } = await open();
    const deployment = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    try {
      const replica = await deployment.start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
      const ids = await Promise.all(
        Array.from({ length: 5 }, async () => replica.jobs.submit(samplingGraph())),
      );
      for (const id of ids) expect((await replica.jobs.ended(id)).state).toBe('succeeded');
      const stoppingMs = performance.now();
      expect(await replica.stop()).toBe(0);
      expectWithin(10_000, stoppingMs);
    } finally {
      await deployment.destroy();
      close();
    }
  });
});

describe('a service without a collector', () => {
  it("keeps the caller's trace with the job, and begins none", async () => {
    const deployment = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    try {
      const replica = await deployment.start();
      const { traceparent, traceId } = newTrace();
      const traced = await submitTo(replica.url, '/v1/jobs', { graph: samplingGraph() }, traceparent);
      expect(await traceIdOf(replica, traced)).toBe(traceId);
      expect(await traceIdOf(replica, await replica.jobs.submit(samplingGraph()))).toBeNull();
      await replica.jobs.ended(traced);
    } finally {
      await deployment.destroy();
    }
  });
});
