/** Commands of the documentation, run as they are printed but for the server's address and the id of a job. */
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKey } from '../../src/modules/access/index.js';
import { recordedCases } from '../contract/comfyui/ui-format/recorded.js';
import { toPlain } from '../../src/modules/comfyui/index.js';
import { editorFileOf } from '../support/editor-file.js';
import { FileServer } from '../support/file-server.js';
import { readMp4 } from '../support/mp4.js';
import { followPage } from '../support/commands.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { makeTenant } from '../support/keys.js';
import { eventually } from '../support/poll.js';
import { commandBlocksOf } from '../support/pages.js';
import { solidPng } from '../support/pictures.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const media = new URL('../contract/comfyui/ui-format/recordings/media/', import.meta.url);
const cli = fileURLToPath(new URL('../../dist/programs/cli/main.js', import.meta.url));

describe('the commands of', () => {
  let deployment: Deployment;
  let service: Replica;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comfymux-commands-'));
    deployment = await Deployment.create([{ name: 'gpu-7', loadMs: 1, stepMs: 5 }]);
    service = await deployment.start();
    const picture = solidPng([90, 60, 180]);
    for (const name of ['me.png', 'photo.jpg']) writeFileSync(join(folder, name), picture);
    copyFileSync(new URL('vhs-mp4-first-frame.png', media), join(folder, 'picture.png'));
    const { ui } = recordedCases().find(({ name }) => name === 'basic-sd15')!;
    writeFileSync(join(folder, 'my-workflow.json'), JSON.stringify(toPlain(ui)));
    writeFileSync(join(folder, 'portrait.json'), JSON.stringify(portrait()));
    writeFileSync(join(folder, 'comfymux'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
    chmodSync(join(folder, 'comfymux'), 0o755);
  });
  afterAll(async () => {
    await deployment?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const environment = (): Record<string, string> => ({
    PATH: [folder, process.env['PATH']].join(delimiter),
    COMFYMUX_SERVER: service.url,
    COMFYMUX_CONFIG: join(folder, 'config.json'),
    DATABASE_URL: deployment.databaseUrl,
  });
  /** Curl's own refusals count: an HTTP error ends the block. */
  const here = (text: string): string =>
    text
      .replaceAll(/(http:\/\/)?localhost:5014/g, service.url)
      .replaceAll('curl ', 'curl --fail-with-body --silent --show-error ');
  const follow = async (text: string): Promise<string> => followPage(here(text), environment(), folder);
  const blockOf = (page: string, part: string): string => {
    const [found, ...others] = commandBlocksOf(page).filter(({ text }) => text.includes(part));
    expect({ page, part, others: others.length }).toEqual({ page, part, others: 0 });
    return found?.text ?? '';
  };
  const linesOf = (text: string): string[] =>
    text.split('\n').filter((line) => line && !line.startsWith('#'));

  it('the README make a video', async () => {
    const [submit = '', status = ''] = linesOf(blockOf('../README.md', 'upload_and_generate'));
    const answer = JSON.parse(await follow(submit)) as { prompt_id: string; status: string };
    expect(answer).toMatchObject({ status: 'submitted' });
    const seen = JSON.parse(await follow(status.replace('01a2…', answer.prompt_id))) as { status: string };
    expect(['pending', 'running', 'completed']).toContain(seen.status);
  });

  it('access.md make keys, in the database and in a shell', async () => {
    await makeTenant(service.url, 'team-a');
    const [admin = '', submit = ''] = linesOf(blockOf('access.md', 'npm run key'));
    const program = fileURLToPath(new URL('../../dist/programs/key/main.js', import.meta.url));
    for (const line of [admin, submit]) {
      const made = await follow(line.replace('npm run key --', `"${process.execPath}" "${program}"`));
      const answer = await fetch(`${service.url}/v1/me`, { headers: { 'x-api-key': made.trim() } });
      expect(isKey(made)).toBe(true);
      // The second may be used from 10.0.0.0/8 alone.
      expect(answer.status).toBe(line === admin ? 200 : 403);
    }
    expect(isKey(await follow(blockOf('access.md', 'sha256sum')))).toBe(true);
  });

  it('security.md make a secret key', async () => {
    expect(Buffer.from(await follow(blockOf('security.md', 'openssl')), 'base64')).toHaveLength(32);
  });

  it('operations.md free the disk of a node', async () => {
    const [node] = deployment.nodes;
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const block = blockOf('operations.md', 'clean.sh');
    const said = await followPage(block, { COMFYUI: dirname(node!.folders.of('input')) }, root);
    expect(said).toBe('');
  });

  it('webhooks.md list what was told and send it again', async () => {
    const receiver = await new WebhookReceiver().start();
    try {
      const told = async (times: number): Promise<string> => {
        await eventually(() => receiver.received.length === times, { what: `${times} webhooks` });
        return receiver.received[0]?.headers['webhook-id'] ?? '';
      };
      const id = await service.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/ended') } });
      const webhookId = await told(1);
      const [list = '', again = ''] = linesOf(blockOf('webhooks.md', 'redeliver'));
      const run = async (line: string, delivery = ''): Promise<string> =>
        followPage(here(line), { ...environment(), JOB: id, DELIVERY: delivery }, folder);
      const { deliveries } = JSON.parse(await run(list)) as { deliveries: { id: string }[] };
      await run(again, deliveries[0]?.id);
      expect(await told(2)).toBe(webhookId);
    } finally {
      await receiver.stop();
    }
  });

  it('ui-format.md convert and propose', async () => {
    const [convert = '', propose = ''] = linesOf(blockOf('ui-format.md', 'workflows:convert'));
    expect(JSON.parse(await follow(convert))).toMatchObject({ format: 'ui', problems: [] });
    expect(JSON.parse(await follow(propose))).toHaveProperty('manifest');
  });

  it('events.md hear of a job', async () => {
    const command = blockOf('events.md', '/v1/events').trim();
    const heard = follow(`${command} | head -c 2000 || test $? -eq 23 -o $? -eq 141`);
    await follow(blockOf('../README.md', 'upload_and_generate').split('\n')[0] ?? '');
    expect(await heard).toContain('event: job');
  });

  it('from-the-editor.md make an API of a workflow', async () => {
    const page = 'from-the-editor.md';
    expect(JSON.parse(await follow(blockOf(page, 'workflows:propose')))).toHaveProperty(
      'manifest.inputs.prompt',
    );
    expect(JSON.parse(await follow(blockOf(page, '-X PUT')))).toHaveProperty('guessed');
    // The last line of the block is for a workflow that takes a picture.
    const [typed = '', rest = ''] = linesOf(blockOf(page, 'run?wait=60'));
    expect(JSON.parse(await follow(`${typed}\n${rest}`))).toMatchObject({ state: 'succeeded' });
    const put = blockOf(page, '-X PUT');
    await follow(put.replace('workflows/portrait', "'workflows/portrait?channel=canary'"));
    await follow(blockOf(page, 'channels/latest'));
  });

  it('workflows.md submit a sweep', async () => {
    await follow(blockOf('from-the-editor.md', '-X PUT'));
    const batch = JSON.parse(await follow(blockOf('workflows.md', 'jobs/batch'))) as { jobs: string[] };
    expect(batch.jobs).toHaveLength(6);
  });

  it('calling.md run a workflow from a shell, from Python and from JavaScript', async () => {
    await follow(blockOf('from-the-editor.md', '-X PUT'));
    expect(await follow(blockOf('calling.md', 'Prefer: wait=60'))).toContain('"state":"succeeded"');
    for (const [language, program] of [
      ['python', 'python3 program'],
      ['js', `"${process.execPath}" --input-type=module < program`],
    ] as const) {
      writeFileSync(join(folder, 'program'), here(programOf('calling.md', language)));
      expect(await follow(program), language).toMatch(/succeeded.*cfui\/view/s);
    }
  });

  it('from-the-editor.md make a film of a picture from the web, without a manifest', async () => {
    const classes = (await (await fetch(`${service.nativeUrl}/object_info`)).json()) as never;
    const graph = JSON.parse(
      readFileSync(new URL('../../workflows/wan2.2_i2v_14b_4.json', import.meta.url), 'utf8'),
    ) as never;
    writeFileSync(join(folder, 'wan.json'), JSON.stringify(editorFileOf(graph, classes)));
    const pictures = await new FileServer().start();
    pictures.on('/lighthouse.png', (_request, response) => void response.end(solidPng([90, 60, 180])));
    try {
      const block = blockOf('from-the-editor.md', 'wan.json');
      await follow(block.replace('https://example.com/lighthouse.png', pictures.url('/lighthouse.png')));
    } finally {
      await pictures.stop();
    }
    expect(JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'))).toMatchObject({
      state: 'succeeded',
      workflow: 'wan',
    });
    expect(readMp4(readFileSync(join(folder, 'film.mp4'))).frameCount).toBe(81);
  });

  it('cli.md do what an operator has to do', async () => {
    const { id } = JSON.parse(await follow('comfymux run portrait.json --wait --json')) as { id: string };
    for (const line of linesOf(blockOf('cli.md', 'comfymux jobs why'))) {
      await expect(follow(line.replace('ID', id)), line).resolves.toBeTypeOf('string');
      if (!line.includes('nodes drain')) continue;
      await follow('comfymux nodes undrain gpu-7');
      await eventually(() => service.jobs.nodesTakeWork(['gpu-7']), { what: 'the node at work again' });
    }
    expect(existsSync(join(folder, 'results'))).toBe(true);
  });
});

/** The one program of a page in a language. */
function programOf(page: string, language: string): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const [, program = ''] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text) ?? [];
  return program;
}

const isKey = (printed: string): boolean => readKey(printed.trim()) !== undefined;

/** What the editor exports. */
function portrait(): object {
  const graph = samplingGraph({ steps: 2 });
  return { ...graph, 3: { ...graph['3'], _meta: { title: 'input:prompt' } } };
}
