import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/poll.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

/** Requests that kill a worker thread or a whole ComfyUI, or that it answers with a bare 500. */
describe('poison', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster(
      [{ name: 'a', models: { checkpoints: ['sd15.safetensors'] }, stepMs: 1 }],
      {
        // Each poll of a node brings its whole queue, here five megabytes.
        NODE_POLL_INTERVAL_MS: '1000',
      },
    );
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const graph = () => samplingGraph({ seed: Math.floor(Math.random() * 1e9) });
  const refusals: [what: string, body: () => string | object, type: string][] = [
    ['a body that is no JSON', () => '{"prompt": ', 'invalid_prompt'],
    ['an array as body', () => '[]', 'no_prompt'],
    ['no prompt', () => ({}), 'no_prompt'],
    ['prompt: null', () => ({ prompt: null }), 'invalid_prompt'],
    ['prompt: a list', () => ({ prompt: [] }), 'invalid_prompt'],
    ['an empty prompt', () => ({ prompt: {} }), 'prompt_no_outputs'],
    ['a node that is no object', () => ({ prompt: { ...graph(), x: 1 } }), 'invalid_prompt'],
    [
      'an unconnected node without inputs',
      () => ({ prompt: { ...graph(), x: { class_type: 'LoadImage' } } }),
      'invalid_prompt',
    ],
    ['a node without class', () => ({ prompt: { ...graph(), x: { inputs: {} } } }), 'missing_node_type'],
    [
      'an unknown class',
      () => ({ prompt: { ...graph(), x: { class_type: 'Nope', inputs: {} } } }),
      'missing_node_type',
    ],
    [
      'an undeclared input with a link to nowhere',
      () => ({ prompt: withInput({ extra: ['404', 0] }) }),
      'invalid_prompt',
    ],
    ['a link with a numeric node id', () => ({ prompt: withInput({ model: [4, 0] }) }), 'invalid_prompt'],
    ['a cycle', () => ({ prompt: withInput({ model: ['3', 0] }) }), 'dependency_cycle'],
    ['a client_id that is an object', () => ({ prompt: graph(), client_id: {} }), 'invalid_prompt'],
    ['a client_id that is a list', () => ({ prompt: graph(), client_id: ['x'] }), 'invalid_prompt'],
    [
      'a client_id in extra_data that is an object',
      () => ({ prompt: graph(), extra_data: { client_id: {} } }),
      'invalid_prompt',
    ],
    ['extra_data that is a list', () => ({ prompt: graph(), extra_data: [] }), 'invalid_prompt'],
    ['a number that is none', () => ({ prompt: graph(), number: 'soon' }), 'invalid_prompt'],
    ['a prompt_id that is no UUID', () => ({ prompt: graph(), prompt_id: 'mine' }), 'invalid_prompt_id'],
    [
      'a prompt_id in capitals',
      () => ({ prompt: graph(), prompt_id: randomUUID().toUpperCase() }),
      'invalid_prompt_id',
    ],
    [
      'targets that match no output node',
      () => ({ prompt: graph(), partial_execution_targets: ['3'] }),
      'prompt_no_outputs',
    ],
    [
      'an unknown model',
      () => ({ prompt: samplingGraph({ checkpoint: 'no.safetensors' }) }),
      'prompt_outputs_failed_validation',
    ],
    [
      'JSON nested a thousand deep',
      () => `{"prompt": ${'['.repeat(1000)}${']'.repeat(1000)}}`,
      'invalid_prompt',
    ],
  ];

  it.each(refusals)('%s is a clear 400', async (_what, body, type) => {
    const response = await client.post('/prompt', body());
    const answer = (await response.json()) as {
      error: { type: string; message: string };
      node_errors: object;
    };
    expect([response.status, answer.error.type]).toEqual([400, type]);
    expect(answer.error.message).not.toBe('');
    expect(answer.node_errors).toBeTypeOf('object');
  });

  const accepted: [what: string, more: object][] = [
    ['extra_data: null', { extra_data: null }],
    ['extra_pnginfo: null', { extra_data: { extra_pnginfo: null } }],
    ['a null workflow', { extra_data: { extra_pnginfo: { workflow: null } } }],
    ['prompt_id: null', { prompt_id: null }],
    ['client_id: null', { client_id: null }],
    ['a numeric string as number', { number: '7' }],
  ];

  it.each(accepted)('%s runs, and leaves every listing readable', async (_what, more) => {
    const promptId = await client.submit(graph(), more);
    expect((await client.finished(promptId)).status.status_str).toBe('success');
    for (const path of ['/queue', '/history', '/api/jobs', `/api/jobs/${promptId}`])
      expect((await client.get(path)).status).toBe(200);
  });

  it('nodes without `_meta`, on which a replacement of their class would stumble, are given a title', async () => {
    const entry = await client.finished(await client.submit(graph()));
    const sent = Object.values(entry.prompt[2] as Record<string, { class_type: string; _meta?: object }>);
    expect(sent.map(({ _meta }) => _meta)).toEqual(sent.map(({ class_type }) => ({ title: class_type })));
  });

  it('the same prompt_id and number as a pending prompt is a clear 400, and the first one runs once', async () => {
    const same = { prompt_id: randomUUID(), number: 3 };
    await client.submit(graph(), same);
    const again = await client.post('/prompt', { prompt: graph(), ...same });
    expect([again.status, ((await again.json()) as { error: { type: string } }).error.type]).toEqual([
      400,
      'invalid_prompt_id',
    ]);
    await client.finished(same.prompt_id);
  });

  it('a body over the limit is a 413, and bodies of other routes that make no sense are 400', async () => {
    // The refusal may come before all is sent; then the connection breaks, and only another try can read it.
    const tooLarge = async () =>
      (await client.post('/prompt', `{"prompt": "${'x'.repeat(17_000_000)}"}`)).status;
    expect(await eventually(tooLarge, { intervalMs: 100 })).toBe(413);
    for (const path of ['/queue', '/history']) expect((await client.post(path, '[]')).status).toBe(400);
    expect((await client.post('/settings', 'x')).status).toBe(400);
    expect((await client.get('/history?max_items=many')).status).toBe(400);
    expect((await client.get('/api/jobs?status=zzz')).status).toBe(400);
  });

  it('some bad outputs are told with a 200 while the good ones run', async () => {
    const bad = { class_type: 'SaveImage', inputs: { filename_prefix: 'x' } };
    const response = await client.post('/prompt', { prompt: { ...graph(), '10': bad } });
    const answer = (await response.json()) as {
      prompt_id: string;
      node_errors: Record<string, { errors: { type: string }[] }>;
    };
    expect([response.status, answer.node_errors['10']?.errors[0]?.type]).toEqual([
      200,
      'required_input_missing',
    ]);
    expect(Object.keys((await client.finished(answer.prompt_id)).outputs)).toEqual(['9']);
  });

  it('runs only the targets that are asked for', async () => {
    const prompt = {
      ...graph(),
      '10': { class_type: 'SaveImage', inputs: { filename_prefix: 'y', images: ['8', 0] } },
    };
    const entry = await client.finished(await client.submit(prompt, { partial_execution_targets: ['10'] }));
    expect([Object.keys(entry.outputs), entry.prompt[4]]).toEqual([['10'], ['10']]);
  });

  it('a graph of 1,000 nodes and 5 MB passes', async () => {
    const prompt: Record<string, { class_type: string; inputs: Record<string, unknown> }> = graph();
    // One after the other, so that each is upstream of the picture.
    let last = '6';
    for (let index = 0; index < 993; index += 1) {
      const inputs = {
        conditioning_to: [last, 0],
        conditioning_from: ['7', 0],
        conditioning_to_strength: 0.5,
        note: 'x'.repeat(5_100),
      };
      last = `t${index}`;
      prompt[last] = { class_type: 'ConditioningAverage', inputs };
    }
    prompt['3']!.inputs.positive = [last, 0];
    const body = JSON.stringify({ prompt });
    expect([Object.keys(prompt).length, Buffer.byteLength(body) > 5_000_000]).toEqual([1_000, true]);
    const response = await client.post('/prompt', body);
    const { prompt_id: promptId } = (await response.json()) as { prompt_id: string };
    // A node tells of every step with the state of all nodes, so that a whole run of so many takes a while.
    const entry = await client.finished(promptId, 150_000);
    expect([entry.status.status_str, Object.keys(entry.prompt[2]).length]).toEqual(['success', 1_000]);
  }, 180_000);

  it('harmed no node: one process, still at work', async () => {
    expect(cluster.nodes.map(({ isRunning }) => isRunning)).toEqual([true]);
    expect(new Set(cluster.nodes[0]?.record().map(({ life }) => life)).size).toBe(1);
    expect((await client.finished(await client.submit(graph()))).status.status_str).toBe('success');
  });

  it('refuses what would act on one node, and pages of other sites', async () => {
    for (const path of [
      '/free',
      '/manager/reboot',
      '/api/manager/queue/install',
      '/internal/logs/subscribe',
      '/customnode/install',
    ]) {
      const response = await client.post(path, {});
      expect([response.status, await response.text()]).toEqual([
        403,
        expect.stringContaining('NATIVE_ALLOW'),
      ]);
    }
    expect((await client.get('/internal/logs')).status).toBe(403);
    expect((await client.get('/api/api/jobs')).status).toBe(403);
    for (const path of ['/api//queue', '/%71ueue/', '/v2/history', '/api/queue/'])
      expect([403, 404]).toContain((await client.get(path)).status);
    expect((await client.get('/queue', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
    expect((await client.get('/queue', { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  });
});

/** No request shows it beforehand: a node class of a pack gives something as its output that no JSON can hold. */
describe('an output that cannot be told', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    const node = { models: { checkpoints: ['sd15.safetensors'] }, stepMs: 1 };
    cluster = await startNativeCluster([
      { name: 'a', ...node },
      { name: 'b', ...node },
      { name: 'c', ...node },
    ]);
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const poison = (seed: number) => {
    const { '9': _saved, ...rest } = samplingGraph({ seed });
    return { ...rest, '9': { class_type: 'PreviewImage', inputs: { images: ['8', 0] } } };
  };
  const lives = () => cluster.nodes.map((node) => new Set(node.record().map(({ life }) => life)).size);

  it('ends four processes at most, fails the job with a reason, and then no node takes the like of it', async () => {
    for (const node of cluster.nodes)
      node.inject({
        kind: 'unserialisable-output',
        classType: 'PreviewImage',
        backAfterMs: 300,
        times: 1_000,
      });
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    const promptId = await client.submit(poison(1), { client_id: clientId });
    // The waits between its runs grow, and are none of this test's.
    const hastening = setInterval(() => {
      void cluster.database.pool.query(`UPDATE job SET not_before = now() WHERE state = 'delayed'`);
    }, 100);
    await frames.untilEnd(promptId).finally(() => clearInterval(hastening));
    const story = frames.storyOf(promptId);
    expect(story.slice(-2)).toEqual(['execution_error', 'executing null']);
    expect(story.filter((step) => step === 'executing null')).toHaveLength(1);
    const [, told] = (await client.history(promptId))?.status.messages.at(-1) ?? [];
    expect(told?.exception_message).toMatch(/\S/);
    const ran = cluster.nodes.flatMap((node) => node.record());
    expect(ran.map(({ outcome }) => outcome)).toEqual(['lost', 'lost', 'lost', 'lost']);
    const again = await client.post('/prompt', { prompt: poison(2) });
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining('quarantined')]);
    await Promise.all(
      [1, 2, 3].map(async (seed) => {
        const ended = await client.finished(await client.submit(samplingGraph({ seed })));
        expect(ended.status.status_str).toBe('success');
      }),
    );
    expect(lives().reduce((all, each) => all + each - 1, 0)).toBeLessThanOrEqual(4);
    for (const path of ['/queue', '/history', '/api/jobs']) expect((await client.get(path)).status).toBe(200);
    await frames.close();
  });

  it('that nobody heard makes no node’s history unreadable for long, and the job is run again', async () => {
    for (const node of cluster.nodes) {
      node.clearFaults();
      node.inject({ kind: 'poison-history' });
    }
    const ended = await client.finished(await client.submit(samplingGraph({ seed: 9 })), 60_000);
    expect(ended.status.status_str).toBe('success');
    // Finished prompts are forgotten together, a moment after they end.
    for (const node of cluster.nodes)
      await eventually(async () => (await fetch(`${node.url}/history`)).status === 200, {
        what: 'a history that can be read',
      });
  });
});

function withInput(inputs: Record<string, unknown>) {
  const graph = samplingGraph();
  return { ...graph, '3': { class_type: 'KSampler', inputs: { ...graph['3']?.inputs, ...inputs } } };
}
