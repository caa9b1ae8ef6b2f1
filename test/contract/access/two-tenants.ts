/** Two tenants at two replicas; the one has everything that may be had, the other asks for it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deployment, type Replica } from '../../support/deployment.js';
import { makeKey, makeTenant } from '../../support/keys.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

export type Who = 'a' | 'b';
export const canary = 'canary-of-a';
/** What never was, by names of the same shapes. */
const none = {
  id: '01a7f0de-0000-7000-8000-00000000ffff',
  name: 'canary-of-0',
  tenant: 'team-0',
  hash: '0'.repeat(64),
};

export interface Sent {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  at?: number;
  native?: boolean;
}

export interface Told {
  status: number;
  text: string;
  headers: Record<string, string>;
}

export function graphOfA(steps = 2): object {
  const graph = samplingGraph({ steps }) as Record<string, { inputs: Record<string, unknown> }>;
  graph['3']!.inputs['text'] = `${canary} by a lake`;
  graph['8']!.inputs['filename_prefix'] = canary;
  return graph;
}

const picture = (red: number): Blob =>
  new Blob([new Uint8Array(solidPng([red, 0, 0], { width: 8, height: 8 }))], { type: 'image/png' });

export function formOf(field: string, red: number, more: Record<string, string> = {}): FormData {
  const form = new FormData();
  form.set(field, picture(red), `${canary}.png`);
  for (const [name, value] of Object.entries(more)) form.set(name, value);
  return form;
}

export class TwoTenants {
  /** Of team A, by what they are called in paths: a job, a prompt, a batch, an asset. */
  readonly ids: string[] = [];
  /** Of files of team A. */
  readonly hashes: string[] = [];
  private readonly keys: Record<Who, string> = { a: '', b: '' };
  private readonly asked = new Map<string, string[]>();
  private watchedCount = 0;
  /** How much of the file is in `asked`. */
  private askedRead = 0;

  private constructor(
    readonly deployment: Deployment,
    private readonly dir: string,
    readonly replicas: Replica[],
  ) {}

  /** With `isWatched` what a request makes the service ask is told by `watched`. */
  static async create({ isWatched }: { isWatched: boolean }): Promise<TwoTenants> {
    const deployment = await Deployment.create([{ name: 'one', speed: 200 }]);
    const dir = await mkdtemp(join(tmpdir(), 'comfymux-two-tenants-'));
    const program = new URL('../../support/asked-of.program.mjs', import.meta.url);
    const env = isWatched
      ? { NODE_OPTIONS: `--import ${program.href}`, ASKED_OF: join(dir, 'asked') }
      : undefined;
    const replicas = [await deployment.start(env), await deployment.start(env)];
    const tenants = new TwoTenants(deployment, dir, replicas);
    for (const who of ['a', 'b'] as const) await tenants.let(who);
    await eventually(async () => (await tenants.ask('a', '/v1/me', { at: 1 })).status === 200);
    await tenants.fill();
    return tenants;
  }

  async destroy(): Promise<void> {
    await this.deployment.destroy();
    await rm(this.dir, { recursive: true, force: true });
  }

  async ask(who: Who, path: string, sent: Sent = {}): Promise<Told> {
    const { method = 'GET', body, headers = {}, at = 0, native = false } = sent;
    const { url, nativeUrl } = this.replicas[at]!;
    const isForm = body instanceof FormData;
    const answer = await fetch((native ? nativeUrl : url) + path, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${this.keys[who]}`,
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    }).catch((cause: unknown) => {
      throw new Error(`${method} ${path} was not answered`, { cause });
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return {
      status: answer.status,
      text: bytes.toString('latin1'),
      headers: Object.fromEntries(answer.headers),
    };
  }

  async told<T>(who: Who, path: string, sent: Sent = {}): Promise<T> {
    const { status, text } = await this.ask(who, path, sent);
    if (status >= 300) throw new Error(`${path} answered ${status}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** The same, with what the service asked of its database, of files and of nodes for it, in its order. */
  async watched(who: Who, path: string, sent: Sent = {}): Promise<Told & { asked: string[] }> {
    const name = String((this.watchedCount += 1));
    const told = await this.ask(who, path, { ...sent, headers: { ...sent.headers, 'x-watched': name } });
    const asked = await eventually(async () => this.asked.get(name) ?? (await this.readAsked(name)), {
      intervalMs: 10,
      what: `what was asked for ${path}`,
    });
    return { ...told, asked };
  }

  /** The same said of what never was. */
  asOfNone(text: string): string {
    const named = text.replaceAll(canary, none.name).replaceAll('team-a', none.tenant);
    const unidentified = this.ids.reduce((rest, id) => rest.replaceAll(id, none.id), named);
    return this.hashes.reduce((rest, hash) => rest.replaceAll(hash, none.hash), unidentified);
  }

  headersOf(who: Who): Record<string, string> {
    return { authorization: `Bearer ${this.keys[who]}` };
  }

  private async readAsked(name: string): Promise<string[] | undefined> {
    const text = await readFile(join(this.dir, 'asked'), 'utf8').catch(() => '');
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(this.askedRead, end).split('\n').filter(Boolean)) {
      const told = JSON.parse(line) as { name: string; asked: string[] };
      this.asked.set(told.name, told.asked);
    }
    this.askedRead = Math.max(end, this.askedRead);
    return this.asked.get(name);
  }

  private async let(who: Who): Promise<void> {
    const { url } = this.replicas[0]!;
    await makeTenant(url, `team-${who}`);
    ({ key: this.keys[who] } = await makeKey(url, { principal: who, tenant: `team-${who}`, role: 'submit' }));
  }

  private async fill(): Promise<void> {
    const post = { method: 'POST' } as const;
    const native = { ...post, native: true } as const;
    const labels = { what: canary };
    const job = await this.told<{ id: string }>('a', '/v1/jobs', {
      ...post,
      body: { graph: graphOfA(), labels },
    });
    const prompted = await this.told<{ prompt_id: string }>('a', '/prompt', {
      ...native,
      body: { prompt: graphOfA(), client_id: canary },
    });
    const batch = await this.told<{ id: string }>('a', '/v1/jobs/batch', {
      ...post,
      body: { jobs: [{ graph: graphOfA(), labels }] },
    });
    const form = formOf('file', 1, { content_type: 'image/png', file_path: `a/${canary}.png` });
    const asset = await this.told<{ id: string; hash: string }>('a', '/api/v2/assets', {
      ...post,
      body: form,
    });
    const file = await this.told<{ asset: string }>('a', '/v1/assets', { ...post, body: formOf('file', 1) });
    this.hashes.push(file.asset, asset.hash.replace('blake3:', ''));
    await this.told('a', '/upload/image', { ...native, body: formOf('image', 2) });
    await this.ask('a', `/userdata/workflows%2F${canary}.json`, { ...native, body: { canary } });
    await this.ask('a', `/settings/${canary}`, { ...native, body: canary });
    for (const id of [job.id, prompted.prompt_id]) await this.whenStateOf(id, 'succeeded');
    this.ids.push(job.id, prompted.prompt_id, batch.id, asset.id);
  }

  async whenStateOf(id: string, wanted: string): Promise<void> {
    await eventually(
      async () => (await this.told<{ state: string }>('a', `/v1/jobs/${id}`)).state === wanted,
      { timeoutMs: 60_000, what: `${wanted} job` },
    );
  }
}
