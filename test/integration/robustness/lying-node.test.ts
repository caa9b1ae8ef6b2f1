import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { LyingNode, say } from '../../support/lying-node.js';
import { eventually } from '../../support/poll.js';

const outcomesOf = (job: { history: { outcome: string | null }[] }) =>
  job.history.map(({ outcome }) => outcome);
const output = (filename: string, more: object = {}) => ({
  filename,
  subfolder: '',
  type: 'output',
  ...more,
});

/** What no column and no client takes as it is. */
const oddTexts: [name: string, text: string][] = [
  ['U+0000', 'a\0b'],
  ['a high surrogate alone', 'a\ud83db'],
  ['a low surrogate alone', '\udce9_'],
  ['ten megabytes', 'x'.repeat(10_000_000)],
  ['a pair where a text is cut', `${'x'.repeat(299 - 'Say (node 1): '.length)}\u{1f600}`],
  ['every control character', Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')],
];

describe('what a node says', () => {
  let deployment: Deployment;
  let service: Replica;
  let node: LyingNode;

  beforeAll(async () => {
    node = await LyingNode.start();
    deployment = await Deployment.create([]);
    service = await deployment.start({ RUN_OUTPUT_FILES_MAX: '50', RUN_OUTPUT_BYTES_MAX: '1000000' });
    await service.jobs.post('/v1/nodes', { id: 'liar', url: node.url });
    await eventually(() => service.jobs.nodesTakeWork(['liar']), { timeoutMs: 30_000, what: 'the node' });
  });
  afterAll(async () => {
    await deployment.destroy();
    await node.stop();
  });
  beforeEach(() => {
    node.lie = (_place, text) => text;
    node.cached = [];
    node.files.clear();
    node.calls.length = 0;
    node.beforeView = async () => undefined;
  });

  const run = async (...graph: Parameters<typeof say>) =>
    service.jobs.ended(await service.jobs.submit(say(...graph)));
  const works = async (): Promise<void> => {
    expect(await run({ text: ['sound'] })).toMatchObject({ state: 'succeeded' });
    expect(await service.jobs.node('liar')).toMatchObject({ breaker: 'closed', accepts_work: true });
  };

  it.each(oddTexts)('of an error that holds %s is kept, and its slot is free', async (_name, error) => {
    const job = await run({}, { error });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'job_error' } });
    expect(outcomesOf(job)).toEqual(['job_error']);
    expect(job.error?.message.length).toBeLessThanOrEqual(300);
    await works();
  });

  it.each(oddTexts)(
    'beside a file that holds %s is kept or left out, and the file is there',
    async (_name, text) => {
      node.files.set('output//a.png', Buffer.from('bytes'));
      const job = await run({
        images: [output('a.png', { note: text, [text.slice(0, 300)]: [text.slice(0, 300)] })],
      });
      expect(job).toMatchObject({ state: 'succeeded', outputs: [{ filename: 'a.png', size_bytes: 5 }] });
    },
  );

  it.each(oddTexts)('as a text result that holds %s is told', async (_name, text) => {
    const job = await run({ text: [text] });
    expect(job).toMatchObject({
      state: 'succeeded',
      outputs: [{ type: 'text', key: 'text', graph_node: '1' }],
    });
  });

  it.each([...oddTexts, ['a key too long for an index', randomName(3_000)]])(
    'as the name of a file that holds %s ends the job once',
    async (_name, filename) => {
      node.files.set('output//kept.png', Buffer.from('kept'));
      const job = await run({ images: [output('kept.png'), output(filename)] });
      expect(outcomesOf(job)).toEqual(['bad_output']);
      expect(job).toMatchObject({ state: 'failed', outputs: [{ filename: 'kept.png' }] });
      await works();
    },
  );

  it('of its clock is believed within reason', async () => {
    node.lie = (place, text) =>
      place === '/history'
        ? text.replaceAll(/"timestamp":\d+/g, (found) =>
            found.endsWith('0') ? '"timestamp":-1e308' : '"timestamp":1e400',
          )
        : text;
    expect(await run({ text: ['a'] })).toMatchObject({ state: 'succeeded' });
    node.lie = (place, text) =>
      place === '/history' ? text.replace(/"timestamp":\d+/, '"timestamp":1') : text;
    expect(await run({ text: ['a'] })).toMatchObject({ state: 'succeeded' });
    await works();
  });

  it('of a text is told in /v1 with the job, and its file has all of it', async () => {
    const long = 'caption \u{1f600} '.repeat(3_000);
    const job = await run({ text: ['a caption', long] });
    const [first, second] = job.outputs as unknown as { text: string; url: string; mime: string }[];
    expect(first).toMatchObject({ text: 'a caption', mime: 'text/plain' });
    expect(long.startsWith(second!.text)).toBe(true);
    const file = await fetch(second!.url);
    expect(await file.text()).toBe(long);
  });

  it('of a 3D preview is collected from its path; a path that is none is no failure', async () => {
    node.files.set('output/mesh/x.glb', Buffer.from('glTF'));
    const job = await run({ result: ['mesh/x.glb', null, 'mesh/none.png'] });
    expect(job).toMatchObject({ state: 'succeeded', outputs: [{ filename: 'x.glb', size_bytes: 4 }] });
    expect(job.outputs).toHaveLength(1);
  });

  it('that names a file it does not have costs one run, keeps the others, and is the job’s failure', async () => {
    node.files.set('output//kept.png', Buffer.from('kept'));
    const job = await run({ images: [output('kept.png'), output('gone.png')] });
    expect(job).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { code: 'bad_output', message: expect.stringContaining('gone.png') },
      outputs: [{ filename: 'kept.png' }],
    });
    expect(node.ran).toBe(1);
    expect(await (await fetch(job.outputs[0]!.url)).text()).toBe('kept');
    for (let again = 0; again < 5; again += 1) await run({ images: [output('gone.png')] });
    await works();
  });

  it('that names files of an earlier run which are gone is asked to forget it, and the job runs once more', async () => {
    node.cached = ['1'];
    const job = await run({ images: [output('swept.png')] });
    expect(outcomesOf(job)).toEqual(['bad_output', 'bad_output']);
    expect(node.calls.filter((call) => call === 'POST /free')).toHaveLength(1);
    await works();
  });

  it('that names files of an earlier run which are gone is answered from storage, without another run', async () => {
    node.files.set('output//same.png', Buffer.from('the very picture'));
    const graph = say({ images: [output('same.png')] });
    expect(await service.jobs.ended(await service.jobs.submit(graph))).toMatchObject({ state: 'succeeded' });
    node.files.clear();
    node.cached = ['1'];
    const again = await service.jobs.ended(await service.jobs.submit(graph));
    expect(again).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(await (await fetch(again.outputs[0]!.url)).text()).toBe('the very picture');
  });

  it('of too many files, or too large ones, fails with a sentence', async () => {
    const many = await run({ images: Array.from({ length: 2_000 }, (_, at) => output(`${at}.png`)) });
    expect(many).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { message: expect.stringContaining('50 files') },
    });
    node.files.set('output//small.png', Buffer.alloc(10));
    node.files.set('output//large.png', Buffer.alloc(2_000_000));
    const large = await run({ images: [output('small.png'), output('large.png')] });
    expect(large).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { message: expect.stringContaining('large.png') },
      outputs: [{ filename: 'small.png' }],
    });
    await works();
  });

  it('is not waited for by somebody who cancels while its files are fetched', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    node.beforeView = async () => held;
    node.files.set('output//slow.png', Buffer.from('slow'));
    const id = await service.jobs.submit(say({ images: [output('slow.png')] }));
    await service.jobs.attemptIs(id, 'collecting');
    await service.jobs.cancel(id);
    expect(await service.jobs.ended(id, 10_000)).toMatchObject({ state: 'cancelled' });
    release();
    await works();
  });
});

function randomName(length: number): string {
  let state = 1;
  const next = (): string => String.fromCharCode(97 + ((state = (state * 16_807) % 2_147_483_647) % 26));
  return Array.from({ length }, next).join('');
}
