/** What an operator has to do, each by one command, against the built service. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comfymux, type Ran } from '../../support/cli.js';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { solidPng } from '../../support/pictures.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call, jobOf, jobWhen, running, submitJob, wanGraph, workflow } from '../../support/v1.js';

describe('comfymux', () => {
  let cluster: Cluster;
  let url: string;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comfymux-cli-'));
    cluster = await startCluster({ nodes: [{ name: 'sim-1', loadMs: 1, stepMs: 20 }] });
    url = cluster.url;
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (...args: string[]): Promise<Ran> => comfymux(args, { COMFYMUX_SERVER: url });
  const path = (name: string, content?: string | Uint8Array): string => {
    if (content !== undefined) writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('runs the demo with my picture, and brings the film', async () => {
    const picture = path('me.png', solidPng([90, 60, 180]));
    const small = ['width=512', 'height=512', 'length=16', 'steps=1', 'noise_seed=18446744073709551615'];
    const inputs = [`image=@${picture}`, 'prompt=a slow pan', ...small].flatMap((one) => ['-i', one]);
    const first = await run('run', workflow, ...inputs, '--out', path('results'));
    expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/^job [0-9a-f-]{36}\n$/) as unknown });
    const file = first.out.trim();
    expect(readFileSync(file).subarray(4, 8).toString()).toBe('ftyp');
    const again = await run('run', workflow, ...inputs, '--out', path('results'), '--json');
    const { files } = JSON.parse(again.out) as { files: string[] };
    expect(files[0]).not.toBe(file);
    expect(existsSync(files[0] ?? '')).toBe(true);
  });

  it('runs a sweep as one, and brings its results in one archive', async () => {
    const sweep = { job: { graph: samplingGraph({ steps: 1 }) }, sweep: { '5.seed': [1, 2, 3] } };
    const jobs = path('sweep.json', JSON.stringify(sweep));
    const ran = await run('batches', 'submit', jobs, '--key', 'swept', '--out', path('swept'));
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('succeeded: 3') as unknown });
    const archive = ran.out.trim().split('\n').at(-1) ?? '';
    const names = Object.keys(unzipSync(new Uint8Array(readFileSync(archive))));
    expect(names.filter((name) => name.endsWith('.png'))).toHaveLength(3);
    const again = await run('batches', 'submit', jobs, '--key', 'swept', '--json');
    const { id } = JSON.parse(again.out) as { id: string };
    expect(archive).toContain(id);
    expect(await run('batches', 'cancel', id)).toMatchObject({ code: 0 });
    expect(await run('batches', 'get', 'none')).toMatchObject({ code: 5 });
    const listed = await run('batches', 'ls');
    expect(listed.out).toMatch(new RegExp(`${id} +default +100 % .*\\d+ (?:succeeded|cancelled)`));
    expect((await run('batches', 'ls', '--tenant', 'nobody')).out).not.toContain(id);
  });

  it('foresees where and when a job would run', async () => {
    const graph = path('foreseen.json', JSON.stringify(samplingGraph()));
    const told = await run('forecast', graph, '-i', '3.text=a lake');
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining('it would run on sim-1') as unknown });
    expect(told.out).toMatch(/start in \d+ s \(nine of ten: \d+ s\), end in \d+ s/);
    const lacking = path('foreseen-not.json', JSON.stringify(samplingGraph({ model: 'none.gguf' })));
    expect(await run('forecast', lacking)).toMatchObject({ code: 1 });
  });

  it('runs a graph with inputs of its nodes, and says why one fails', async () => {
    const graph = path('graph.json', JSON.stringify(samplingGraph({ steps: 2 })));
    expect(await run('run', graph, '-i', '3.text=two lakes', '--wait')).toMatchObject({
      code: 0,
      out: expect.stringContaining('succeeded') as unknown,
    });
    expect(await run('run', graph, '-i', '99.text=x')).toMatchObject({ code: 2 });
    const fault = cluster.node('sim-1').inject({ kind: 'node-error', classType: 'KSampler', times: 20 });
    const failed = await run(
      'run',
      path('other.json', JSON.stringify(samplingGraph({ steps: 2 }))),
      '--wait',
    );
    fault.clear();
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/comfymux: job \S+ failed: .* → comfymux jobs why/);
    const told = await run('jobs', 'failed', '--since', '1h');
    expect(told.out).toMatch(/JOBS +CAUSE/);
    expect(told.out).toContain('sim-1');
    const id = /job (\S+)/.exec(failed.err)?.[1] ?? '';
    expect((await run('jobs', 'why', id)).out).toMatch(/^It failed: /);
  });

  it('says why a job waits, takes a node out and hears when it is empty, and cancels all of a tenant', async () => {
    const busy = await submitJob(url, { graph: samplingGraph({ steps: 60 }) });
    await jobWhen(url, busy, running);
    const drained = run('nodes', 'drain', 'sim-1', '--wait');
    expect((await run('nodes', 'ls')).out).toMatch(/sim-1 +\S/);
    expect(await drained).toMatchObject({ code: 0, out: 'sim-1 is empty\n' });
    expect(await jobOf(url, busy)).toMatchObject({ state: 'succeeded' });

    expect((await run('tenants', 'set', 'film', '--weight', '2')).code).toBe(0);
    const waiting = await run('run', path('w.json', JSON.stringify(samplingGraph())), '--tenant', 'film');
    const id = waiting.out.trim();
    await jobWhen(url, id, ({ waiting_for: reason }) => reason !== null && !reason.includes('jobs before'));
    expect(await run('jobs', 'why', id)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^It waits: .+/) as unknown,
    });
    expect(await run('jobs', 'priority', '2', id)).toMatchObject({ code: 0, out: `${id}  priority 2\n` });
    expect((await run('jobs', 'priority', '--', '-1', id)).out).toContain('priority -1');
    expect(await jobOf(url, id)).toMatchObject({ priority: -1 });
    expect(await run('jobs', 'priority', '4', id)).toMatchObject({ code: 2 });
    expect(await run('jobs', 'priority', '1', busy)).toMatchObject({ code: 6 });
    expect((await run('jobs', 'ls', '--search', 'FIL')).out).toContain(id);
    expect((await run('jobs', 'ls', '--search', busy.slice(0, 20))).out).toContain(busy);
    expect((await run('jobs', 'ls', '--search', 'no such text')).out).not.toContain(id);
    expect(await run('jobs', 'cancel', '--tenant', 'film')).toMatchObject({
      code: 0,
      out: '1 cancelled, 0 being stopped at their nodes\n',
    });
    expect(await jobOf(url, id)).toMatchObject({ state: 'cancelled' });
    expect((await run('nodes', 'undrain', 'sim-1')).code).toBe(0);
    const again = await run('jobs', 'retry', id);
    expect(await run('jobs', 'watch', again.out.trim())).toMatchObject({ code: 0 });
  });

  it('says which node lacks what', async () => {
    const lacking = wanGraph('x.png', { '81.lora_name': 'nobody-has-this.safetensors' });
    const told = await run('ready', path('lacking.json', JSON.stringify(lacking)));
    expect(told).toMatchObject({
      code: 1,
      out: expect.stringContaining('sim-1 lacks LoRA nobody-has-this.safetensors') as unknown,
    });
    expect(await run('ready', workflow)).toMatchObject({ code: 0 });
  });

  it('publishes a file, fetches it back, compares and converts', async () => {
    const file = path('lake.json', JSON.stringify(samplingGraph()));
    expect(await run('workflows', 'push', file)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^lake [0-9a-f]{12} is latest/) as unknown,
    });
    expect((await run('workflows', 'ls')).out).toContain('lake');
    await run(
      'workflows',
      'push',
      path('lake2.json', JSON.stringify(samplingGraph({ steps: 9 }))),
      '--name',
      'lake',
      '--channel',
      'canary',
    );
    expect((await run('workflows', 'diff', 'lake', 'canary')).out).toContain('changed');
    expect((await run('workflows', 'pull', 'lake', '--graph', '-o', path('back.json'))).code).toBe(0);
    expect(JSON.parse(readFileSync(path('back.json'), 'utf8'))).toMatchObject(
      JSON.parse(readFileSync(file, 'utf8')),
    );
    expect(JSON.parse((await run('workflows', 'convert', file)).out)).toMatchObject(
      JSON.parse(readFileSync(file, 'utf8')),
    );
  });

  it('looks for what is wrong, shows all at once, and finds nothing where all is well', async () => {
    const well = await run('doctor');
    expect(well.out).toMatch(/ok +server/);
    expect(well.out).toMatch(/ok +database/);
    const top = await run('top');
    expect(top.out).toMatch(/NODE +STATE/);
    await call(`${url}/v1/nodes`, 'POST', { id: 'gone', url: 'http://127.0.0.1:9' });
    const ill = await run('doctor');
    expect(ill).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /WRONG +nodes +1 of 2 take work; gone: .* - comfymux nodes get gone/,
      ) as unknown,
    });
    expect((await run('nodes', 'rm', 'gone')).code).toBe(0);
    expect(await run('nodes', 'get', 'sim-1', '--json')).toMatchObject({ code: 0 });
  });

  it('makes a key for a team, which may what it was made for until it is revoked', async () => {
    await run('tenants', 'set', 'team-blue', '--weight', '1');
    const made = await run(
      'keys',
      'make',
      'blue-bot',
      '--role',
      'read',
      '--tenant',
      'team-blue',
      '--ends',
      '1h',
    );
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('of blue-bot') as unknown });
    const key = made.out.trim();
    expect(key).toMatch(/^cmx_/);
    const asTeam = async (...args: string[]) => comfymux(args, { COMFYMUX_SERVER: url, COMFYMUX_KEY: key });
    expect((await asTeam('jobs', 'ls')).code).toBe(0);
    expect((await asTeam('nodes', 'drain', 'sim-1')).code).toBe(4);
    const listed = await run('keys', 'ls', '--json');
    expect(listed.out).not.toContain(key);
    const [{ id }] = JSON.parse(listed.out) as [{ id: string }];
    const second = (await run('keys', 'rotate', id, '--grace', '1h')).out.trim();
    expect(second).toMatch(/^cmx_/);
    expect((await run('keys', 'revoke', id)).code).toBe(0);
    await expect.poll(async () => (await asTeam('jobs', 'ls')).code, { timeout: 10_000 }).toBe(4);
  });

  it('keeps servers and keys in files that nobody else may read', async () => {
    const config = join(folder, 'settings', 'config.json');
    const env = { COMFYMUX_CONFIG: config };
    const set = await comfymux(['context', 'set', 'home', url, '--key-stdin'], env, {
      input: 'a-key-of-mine\n',
    });
    expect(set.code).toBe(0);
    const keyFile = join(folder, 'settings', 'home.key');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect((await comfymux(['context', 'ls', '--json'], env)).out).toContain(`"server": "${url}"`);
    expect((await comfymux(['jobs', 'ls'], env)).code).toBe(0);
    writeFileSync(keyFile, 'x', { mode: 0o644 });
    chmodSync(keyFile, 0o644);
    expect(await comfymux(['jobs', 'ls'], env)).toMatchObject({
      code: 4,
      err: expect.stringContaining('chmod 600') as unknown,
    });
  });

  it('ends with the code that its page says', async () => {
    expect((await run('jobs', 'get', '00000000-0000-4000-8000-000000000000')).code).toBe(5);
    expect((await run('jobs', 'sell')).code).toBe(2);
    expect((await run('run', 'no-such-workflow')).code).toBe(5);
    expect((await run('nodes', 'add', 'sim-1', 'http://127.0.0.1:9')).code).toBe(6);
    const away = await comfymux(['jobs', 'ls', '--server', 'http://127.0.0.1:9']);
    expect(away).toMatchObject({ code: 3, out: '' });
    expect(away.err.split('\n')).toHaveLength(2);
  });
});
