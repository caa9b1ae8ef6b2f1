/** The doors that a client may submit through, and what it can do when nobody answers. */
import { randomUUID } from 'node:crypto';
import type { Rng } from '../../src/programs/simulation/rng.js';
import { formOf } from '../support/door-5014.js';
import { samplingGraph } from '../support/sampling-graph.js';
import type { Service } from '../support/service.js';

export type Answer =
  | { kind: 'accepted'; jobId: string }
  /** No repetition would change it. */
  | { kind: 'refused'; status: number; isQuarantined: boolean }
  /** There may be a job, or none. */
  | { kind: 'unknown' };

export interface Order {
  door: 'v1' | 'native' | '5014';
  /** Asking again cannot make a second job. */
  isRepeatable: boolean;
  submit(service: Service): Promise<Answer>;
}

const answerMs = 4000;
const json = { 'content-type': 'application/json' };

export function drawOrder(rng: Rng, key: string): Order {
  const drawn = rng.next();
  if (drawn < 0.04) return videoOrder(rng);
  const graph = samplingGraph({ steps: rng.next() < 0.05 ? 100 : 3 + rng.int(20) });
  return drawn < 0.3 ? promptOrder(graph) : jobOrder(graph, key);
}

/** `POST /v1/jobs` with an idempotency key. */
function jobOrder(graph: object, key: string): Order {
  const body = JSON.stringify({ graph, labels: { key } });
  const headers = { ...json, 'idempotency-key': key };
  const submit = async ({ url }: Service): Promise<Answer> =>
    answerOf(await ask(`${url}/v1/jobs`, { body, headers }), 202, ({ id }) => id);
  return { door: 'v1', isRepeatable: true, submit };
}

/** ComfyUI's own `POST /prompt`; the client names the prompt, so that a repetition is refused once it is there. */
function promptOrder(graph: object): Order {
  const promptId = randomUUID();
  const body = JSON.stringify({ prompt: graph, prompt_id: promptId, client_id: 'chaos' });
  const submit = async ({ nativeUrl }: Service): Promise<Answer> => {
    const answer = await ask(`${nativeUrl}/prompt`, { body, headers: json });
    if (answer?.status === 400 && answer.text.includes('prompt_id is in use'))
      return { kind: 'accepted', jobId: promptId };
    return answerOf(answer, 200, (told) => told.prompt_id);
  };
  return { door: 'native', isRepeatable: true, submit };
}

/** The original's form, which knows no names for requests: what is not answered is not asked again. */
function videoOrder(rng: Rng): Order {
  const fields = { seed: rng.int(1_000_000_000) };
  const submit = async ({ url }: Service): Promise<Answer> =>
    answerOf(
      await ask(`${url}/api/upload_and_generate`, { body: formOf({ fields }) }),
      200,
      (told) => told.prompt_id,
    );
  return { door: '5014', isRepeatable: false, submit };
}

interface Told {
  status: number;
  text: string;
}

function answerOf(
  told: Told | undefined,
  accepted: number,
  idOf: (body: Record<string, string>) => string | undefined,
): Answer {
  if (!told || told.status >= 500) return { kind: 'unknown' };
  if (told.status === accepted)
    return { kind: 'accepted', jobId: idOf(JSON.parse(told.text) as Record<string, string>) ?? '' };
  return { kind: 'refused', status: told.status, isQuarantined: told.text.includes('quarantined') };
}

/** Undefined when there was no whole answer. */
export async function ask(url: string, init: RequestInit): Promise<Told | undefined> {
  try {
    const response = await fetch(url, { ...init, method: 'POST', signal: AbortSignal.timeout(answerMs) });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}
