/** SIGTERM while submits pour in at every door: what was answered 2xx is there afterwards, and ends once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { formOf, statusOf } from '../../support/door-5014.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

/** Between two requests of one client: a flood that simulated nodes can still run off. */
const pauseMs = 60;
const answerMs = 30_000;

let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.create(
    ['first', 'second', 'third'].map((name) => ({ name, stepMs: 1, loadMs: 1 })),
  );
});
afterAll(async () => deployment.destroy());

type Door = 'v1' | 'native' | 'form' | 'sync' | 'upload';

interface Accepted {
  door: Door;
  id: string;
}

const json = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
let pictures = 0;

/** A client's request, and where the id of what it made is in the answer. */
const requests: Record<Door, (replica: Replica) => { url: string; init: RequestInit; id: string }> = {
  v1: ({ url }) => ({ url: `${url}/v1/jobs`, init: json({ graph: samplingGraph({ steps: 1 }) }), id: 'id' }),
  native: ({ nativeUrl }) => ({
    url: `${nativeUrl}/prompt`,
    init: json({ prompt: samplingGraph({ steps: 1 }) }),
    id: 'prompt_id',
  }),
  form: ({ url }) => ({ url: `${url}/api/upload_and_generate`, init: { body: formOf({}) }, id: 'prompt_id' }),
  sync: ({ url }) => ({
    url: `${url}/api/upload_and_generate_sync`,
    init: { body: formOf({}) },
    id: 'prompt_id',
  }),
  upload: ({ nativeUrl }) => {
    const body = new FormData();
    body.set('image', new File([new Uint8Array(solidPng([9, 9, 9]))], `picture-${(pictures += 1)}.png`));
    return { url: `${nativeUrl}/upload/image`, init: { body }, id: 'name' };
  },
};

class Flood {
  readonly accepted: Accepted[] = [];
  /** Statuses of refusals. */
  readonly refused: number[] = [];
  private ended = false;
  private readonly clients: Promise<void>[];

  constructor(
    private readonly replica: Replica,
    doors: readonly Door[],
  ) {
    void replica.ended.then(() => (this.ended = true));
    this.clients = doors.map(async (door) => this.pour(door));
  }

  count(door: Door): number {
    return this.accepted.filter((each) => each.door === door).length;
  }

  /** Resolves when no client reaches the replica any more. */
  async end(): Promise<void> {
    await Promise.all(this.clients);
  }

  private async pour(door: Door): Promise<void> {
    while (!this.ended) {
      await this.submit(door);
      await sleep(pauseMs);
    }
  }

  /** A connection that is refused or cut is no answer. */
  private async submit(door: Door): Promise<void> {
    const { url, init, id } = requests[door](this.replica);
    const answer = await fetch(url, {
      method: 'POST',
      ...init,
      signal: AbortSignal.timeout(answerMs),
    }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      () => undefined,
    );
    if (!answer) return;
    if (answer.status >= 300) return void this.refused.push(answer.status);
    const body = JSON.parse(answer.text) as Record<string, string>;
    this.accepted.push({ door, id: body[id] ?? '' });
  }
}

/** Whether the door that gave the answer knows of it, and of its end. */
const isThere: Record<Door, (id: string, replica: Replica) => Promise<boolean>> = {
  v1: async (id, { jobs }) => (await jobs.get(id)).state === 'succeeded',
  native: async (id, { nativeUrl }) => {
    const history = (await (await fetch(`${nativeUrl}/history/${id}`)).json()) as object;
    return id in history;
  },
  form: async (id, { url }) => (await statusOf(url, id)).status === 'completed',
  sync: async (id, { url }) => (await statusOf(url, id)).status === 'completed',
  upload: async (id, { nativeUrl }) =>
    (await fetch(`${nativeUrl}/view?${new URLSearchParams({ filename: id, type: 'input' }).toString()}`)).ok,
};

async function expectRanOnce(id: string, replica: Replica): Promise<void> {
  const job = await replica.jobs.ended(id, 90_000);
  const prompts = promptsOf(job, deployment.nodes).filter(({ outcome }) => outcome !== 'deleted');
  expect({ id, state: job.state, prompts }).toMatchObject({
    id,
    state: 'succeeded',
    prompts: [{ outcome: 'success' }],
  });
}

it(
  'loses nothing that was answered 2xx, whether another replica goes on or none',
  { timeout: 240_000 },
  async () => {
    const doors: Door[] = ['v1', 'v1', 'v1', 'native', 'native', 'native', 'form', 'form', 'sync', 'upload'];
    const [one, other] = [await deployment.start(), await deployment.start()];
    const accepted: Accepted[] = [];
    for (const leaving of [one, other]) {
      const flood = new Flood(leaving, doors);
      // Not the sync route: its answer waits for a run.
      await eventually(() => doors.every((door) => door === 'sync' || flood.count(door) >= 3), {
        timeoutMs: 30_000,
        what: 'answers at each door',
      });
      expect(await leaving.stop()).toBe(0);
      await flood.end();
      // Whoever is told no is told to come back.
      expect(flood.refused.filter((status) => status !== 503)).toEqual([]);
      accepted.push(...flood.accepted);
    }
    const next = await deployment.start();
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(accepted.length);
    for (const { door, id } of accepted) {
      if (door !== 'upload') await expectRanOnce(id, next);
      const found = await isThere[door](id, next);
      expect({ door, id, found }).toEqual({ door, id, found: true });
    }
    const told = [...new Set(doors)].map(
      (name) => `${name} ${accepted.filter(({ door }) => door === name).length}`,
    );
    console.log(`shutdown under load: answered 2xx and found ${accepted.length}: ${told.join(', ')}`);
  },
);
