/** Batches as a client sees them. */
import type { Replica } from './deployment.js';
import { eventually } from './poll.js';

export interface BatchBody {
  id: string;
  tenant: string;
  ended: boolean;
  progress: number;
  counts: Record<string, number>;
  jobs: string[];
  results_url: string;
}

/** A named workflow that any node runs at once. */
export const painter = {
  graph: {
    '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } },
    '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } },
  },
  manifest: {
    title: 'Painter',
    inputs: {
      width: {
        type: 'integer',
        minimum: 16,
        maximum: 512,
        default: 64,
        targets: [{ node: '1', field: 'width' }],
      },
      colour: { type: 'integer', default: 0, targets: [{ node: '1', field: 'color' }] },
      name: { type: 'string', default: 'x', targets: [{ node: '2', field: 'filename_prefix' }] },
    },
    outputs: [{ node: '2', kind: 'image' }],
  },
};

/** So many different jobs of it. */
export const paintings = (count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, no) => ({ workflow: 'painter', inputs: { colour: no }, ...more }));

export interface Sent {
  status: number;
  /** Between the request and the whole of its answer. */
  tookMs: number;
  body: BatchBody;
}

export async function sendBatch(url: string, body: unknown, key?: string): Promise<Sent> {
  const beganMs = performance.now();
  const response = await fetch(`${url}/v1/jobs/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const told = (await response.json()) as BatchBody;
  return { status: response.status, tookMs: performance.now() - beganMs, body: told };
}

export async function batchWhen(
  { url }: Pick<Replica, 'url'>,
  id: string,
  wanted: (batch: BatchBody) => boolean,
): Promise<BatchBody> {
  return eventually(
    async () => {
      const response = await fetch(`${url}/v1/batches/${id}`);
      const batch = (await response.json()) as BatchBody;
      return wanted(batch) && batch;
    },
    { timeoutMs: 120_000, what: 'the wanted state of the batch' },
  );
}
