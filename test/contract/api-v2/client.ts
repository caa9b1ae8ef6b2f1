/** A client of Comfy API v2 that holds every answer to the contract. */
import { eventually } from '../../support/poll.js';
import { holdToContract } from './contract.js';

export interface Output {
  id: string;
  node_id: string;
  name: string;
  type: string;
  content_type: string;
  size_bytes: number;
  hash: string | null;
}

export interface JobAnswer {
  id: string;
  status: string;
  started_at: string | null;
  completed_at: string | null;
  queue_position: number | null;
  progress: { value: number; nodes_done: number } | null;
  outputs: Output[];
  outputs_reused: boolean;
  error: {
    code: string;
    message: string;
    node_id: string | null;
    class_type: string | null;
    traceback: string | null;
  } | null;
  metadata: Record<string, string>;
  metrics: Record<string, number | null>;
}

export interface AssetAnswer {
  id: string;
  hash: string;
  file_path: string;
  created_new?: boolean;
  expires_at: string | null;
}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

const ended = new Set(['succeeded', 'failed', 'canceled', 'expired']);

export class ApiV2Client {
  constructor(readonly url: string) {}

  async call<Body>(
    method: string,
    path: string,
    body?: string | FormData,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const answer = await fetch(`${this.url}/api/v2${path}`, { method, headers, ...(body && { body }) });
    const text = await answer.text();
    const told = text === '' ? undefined : (JSON.parse(text) as Body);
    if (method !== 'HEAD') holdToContract(method, path, answer.status, told);
    return { status: answer.status, headers: answer.headers, body: told as Body };
  }

  /** Rejects unless the answer is a 2xx. */
  async must<Body>(...args: Parameters<ApiV2Client['call']>): Promise<Body> {
    const { status, body } = await this.call<Body>(...args);
    if (status >= 300) throw new Error(`${args[0]} ${args[1]}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async submit(workflow: unknown, more: object = {}): Promise<JobAnswer> {
    return this.must('POST', '/jobs', JSON.stringify({ workflow, ...more }));
  }

  async job(id: string): Promise<JobAnswer> {
    return this.must('GET', `/jobs/${id}`);
  }

  async ended(id: string): Promise<JobAnswer> {
    return eventually(
      async () => {
        const job = await this.job(id);
        return ended.has(job.status) && job;
      },
      { timeoutMs: 30_000, intervalMs: 50, what: `the end of job ${id}` },
    );
  }

  /** Rejects unless it succeeds. */
  async run(workflow: unknown, more: object = {}): Promise<JobAnswer> {
    const job = await this.ended((await this.submit(workflow, more)).id);
    if (job.status !== 'succeeded') throw new Error(`${job.status}: ${JSON.stringify(job.error)}`);
    return job;
  }

  async upload(
    bytes: Uint8Array,
    filePath: string,
    fields: Record<string, string> = {},
  ): Promise<Answer<AssetAnswer>> {
    const form = new FormData();
    form.set('file_path', filePath);
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([new Uint8Array(bytes)]), filePath);
    return this.call('POST', '/assets', form);
  }

  async bytes(assetId: string): Promise<Buffer> {
    const answer = await fetch(`${this.url}/api/v2/assets/${assetId}/content`);
    if (!answer.ok) throw new Error(`content of ${assetId}: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }
}

export const reference = (id: string): object => ({ __type: 'core/ASSET', info: { id } });
