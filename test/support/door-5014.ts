/** The original API as its clients use it. */
import { eventually } from './poll.js';
import { solidPng } from './pictures.js';

interface Video {
  filename: string;
  subfolder: string;
  type: string;
  format: string;
  url: string;
}

export interface Status {
  prompt_id: string;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'unknown';
  progress: number | null;
  videos: Video[] | null;
  error: string | null;
}

export interface Order {
  picture?: Buffer;
  filename?: string;
  fields?: Record<string, string | number>;
}

/** The smallest run that the parameters allow. */
export const smallRun = { prompt: 'a slow pan', width: 512, height: 512, length: 16, steps: 1 };

export function formOf({ picture, filename = 'picture.png', fields = {} }: Order): FormData {
  const form = new FormData();
  const bytes = picture ?? solidPng([200, 120, 40]);
  form.set('image', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), filename);
  for (const [name, value] of Object.entries({ ...smallRun, ...fields })) form.set(name, String(value));
  return form;
}

/** Uploads and submits; resolves to the prompt id. */
export async function submit(url: string, order: Order = {}): Promise<string> {
  const response = await fetch(`${url}/api/upload_and_generate`, { method: 'POST', body: formOf(order) });
  const body = (await response.json()) as { prompt_id: string };
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body.prompt_id;
}

export async function statusOf(url: string, promptId: string): Promise<Status> {
  const response = await fetch(`${url}/api/status/${promptId}`);
  if (response.status !== 200) throw new Error(`GET status answered ${response.status}`);
  return (await response.json()) as Status;
}

/** Resolves to the last status; rejects when the job ends otherwise. */
export function statusWhen(
  url: string,
  promptId: string,
  wanted: Status['status'],
  timeoutMs = 45_000,
): Promise<Status> {
  const probe = async () => {
    const status = await statusOf(url, promptId);
    if (status.status === wanted) return { status };
    return status.status === 'failed' || status.status === 'completed' ? { status, isOver: true } : undefined;
  };
  return eventually(probe, { timeoutMs, intervalMs: 50, what: `status ${wanted}` }).then((seen) => {
    if ('isOver' in seen) throw new Error(`expected ${wanted}: ${JSON.stringify(seen.status)}`);
    return seen.status;
  });
}

/** The only video of a finished job. */
export async function videoOf(url: string, promptId: string): Promise<Buffer> {
  const { videos } = await statusWhen(url, promptId, 'completed');
  if (videos?.length !== 1) throw new Error(`${videos?.length ?? 0} videos instead of one`);
  const response = await fetch(videos[0]?.url ?? '');
  if (response.status !== 200) throw new Error(`the video's address answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
