/** The `/v1` API as a client sees it. */
import { readFileSync } from 'node:fs';
import { eventually } from './poll.js';
import { solidPng } from './pictures.js';

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  contentType: string;
  body: Body;
}

export interface Job {
  id: string;
  state: 'queued' | 'delayed' | 'active' | 'succeeded' | 'failed' | 'cancelled' | 'expired';
  progress: number | null;
  workflow: string | null;
  node_id: string | null;
  attempts: number;
  started_at: string | null;
  finished_at: string | null;
  waiting_for: string | null;
  error: { code: string; message: string } | null;
  labels: Record<string, string> | null;
  outputs: {
    filename: string;
    format: string;
    mime: string;
    size_bytes: number;
    sha256: string;
    url: string;
  }[];
  history: { prompt_id: string; node_id: string; state: string; outcome: string | null }[];
}

export const workflow = 'wan2.2_i2v_14b_4';

/** A body that is text is sent as it is. */
export async function call<Body = Record<string, unknown>>(
  address: string,
  method = 'GET',
  body?: unknown,
): Promise<Answer<Body>> {
  const response = await fetch(address, {
    method,
    ...(body === undefined
      ? {}
      : {
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
  });
  const text = await response.text();
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  };
}

/** Submits a workflow or a graph; resolves to the id. Text keeps numbers that JavaScript would round. */
export async function submitJob(url: string, order: unknown): Promise<string> {
  const { status, body } = await call<{ id: string }>(`${url}/v1/jobs`, 'POST', order);
  if (status !== 202) throw new Error(`POST /v1/jobs answered ${status}: ${JSON.stringify(body)}`);
  return body.id;
}

export async function jobOf(url: string, id: string): Promise<Job> {
  const { status, body } = await call<Job>(`${url}/v1/jobs/${id}`);
  if (status !== 200) throw new Error(`GET job answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Resolves to the job once `holds` does; rejects with the job as it was last. */
export async function jobWhen(
  url: string,
  id: string,
  holds: (job: Job) => boolean,
  timeoutMs = 45_000,
): Promise<Job> {
  let last: Job | undefined;
  return eventually(
    async () => {
      last = await jobOf(url, id);
      return holds(last) && last;
    },
    { timeoutMs, intervalMs: 50 },
  ).catch((cause: unknown) => {
    throw new Error(`the job stayed ${JSON.stringify(last)}`, { cause });
  });
}

export const succeeded = (job: Job): boolean => job.state === 'succeeded';
export const running = (job: Job): boolean => job.history.at(-1)?.state === 'running';

/** Leaves a picture with the service under this name; resolves to what workflow inputs call it. */
export async function uploadedPicture(url: string, filename: string): Promise<{ asset: string }> {
  const form = new FormData();
  const picture = new Uint8Array(solidPng([90, 60, 180]));
  form.set('file', new Blob([picture], { type: 'image/png' }), filename);
  const response = await fetch(`${url}/v1/assets`, { method: 'POST', body: form });
  if (response.status !== 201) throw new Error(`POST /v1/assets answered ${response.status}`);
  const { asset } = (await response.json()) as { asset: string };
  return { asset };
}

type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>;

/** The workflow's graph, small and quick, with other literals by `node.field`. */
export function wanGraph(image: string, literals: Record<string, unknown> = {}): Graph {
  const file = new URL(`../../workflows/${workflow}.json`, import.meta.url);
  const graph = JSON.parse(readFileSync(file, 'utf8')) as Graph;
  const all = { '62.image': image, '63.length': 16, '77.width': 512, '77.height': 512, ...literals };
  for (const [target, value] of Object.entries(all)) {
    const [node = '', field = ''] = target.split('.');
    Object.assign(graph[node]?.inputs ?? {}, { [field]: value });
  }
  return graph;
}
