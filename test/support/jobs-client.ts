/** `/v1` as a client sees it. */
import { eventually } from './poll.js';

export interface AttemptDetail {
  prompt_id: string;
  no: number;
  node_id: string;
  state: string;
  outcome: string | null;
  error: { code: string; message: string; details?: unknown } | null;
}

export interface JobDetail {
  id: string;
  tenant: string;
  state: string;
  progress: number | null;
  node_id: string | null;
  attempts: number;
  cancel_requested: boolean;
  waiting_for: string | null;
  error: { code: string; message: string } | null;
  outputs: { filename: string; size_bytes: number; url: string }[];
  history: AttemptDetail[];
}

export interface NodeDetail {
  id: string;
  state: string;
  flags: string[];
  breaker: string;
  accepts_work: boolean;
}

const terminal = new Set(['succeeded', 'failed', 'cancelled', 'expired']);

export class JobsClient {
  constructor(readonly url: string) {}

  /** The id of the new job. */
  async submit(graph: object, more: object = {}): Promise<string> {
    const response = await this.post('/v1/jobs', { graph, ...more });
    if (response.status !== 202) throw new Error(`refused with ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }

  /** A graph that no node can run (yet) is taken as a named workflow alone, whose jobs then wait. */
  async submitNamed(name: string, graph: object, more: object = {}): Promise<string> {
    const outputs = Object.entries(graph as Record<string, { class_type: string }>).flatMap(
      ([node, { class_type }]) => (class_type === 'SaveImage' ? [{ node, kind: 'image' }] : []),
    );
    const manifest = { title: name, inputs: {}, outputs };
    const kept = await this.post(`/v1/workflows/${name}`, { graph, manifest }, 'PUT');
    if (!kept.ok) throw new Error(`the workflow was refused: ${await kept.text()}`);
    const response = await this.post('/v1/jobs', { workflow: name, inputs: {}, ...more });
    if (response.status !== 202) throw new Error(`refused with ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }

  async get(id: string): Promise<JobDetail> {
    return this.json<JobDetail>(`/v1/jobs/${id}`);
  }

  /** Polls until the job is as wanted. */
  async until(id: string, wanted: (job: JobDetail) => boolean, timeoutMs = 40_000): Promise<JobDetail> {
    let last: JobDetail | undefined;
    try {
      return await eventually(
        async () => {
          last = await this.get(id);
          return wanted(last) && last;
        },
        { timeoutMs, intervalMs: 30, what: 'the wanted state of the job' },
      );
    } catch (cause) {
      throw new Error(`job ${id} is not as wanted but ${JSON.stringify(last)}`, { cause });
    }
  }

  async ended(id: string, timeoutMs?: number): Promise<JobDetail> {
    return this.until(id, (job) => terminal.has(job.state), timeoutMs);
  }

  /** Until its latest attempt is in this state. */
  async attemptIs(id: string, state: string): Promise<JobDetail> {
    return this.until(id, (job) => job.history.at(-1)?.state === state);
  }

  async cancel(id: string): Promise<string> {
    const response = await this.post(`/v1/jobs/${id}/cancel`, {});
    return ((await response.json()) as { state: string }).state;
  }

  async node(id: string): Promise<NodeDetail> {
    return this.json<NodeDetail>(`/v1/nodes/${id}`);
  }

  async nodesTakeWork(ids: readonly string[]): Promise<boolean> {
    const { nodes } = await this.json<{ nodes: NodeDetail[] }>('/v1/nodes');
    return ids.every((id) => nodes.some((node) => node.id === id && node.accepts_work));
  }

  async post(path: string, body: object, method = 'POST'): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method !== 'DELETE' && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
  }

  private async json<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(20_000) });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
