/**
 * The scheduler hears from the running service everything that it can be told: a kind of event or a field that nothing sends would
 * decide nothing but in the simulator and in tests. The lists below are complete because they would not compile otherwise.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {
  ClassSpec,
  NodeSpec,
  QueuedJob,
  SchedulingEvent,
} from '../../../src/modules/scheduling/index.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { uploadPicture } from '../../support/upload-picture.js';
import { call, uploadedPicture, workflow } from '../../support/v1.js';

type Kind = SchedulingEvent['kind'];
type Fields<T> = Record<Exclude<keyof T, 'kind' | 'nowMs'>, true>;

const events: { [K in Kind]: Fields<Extract<SchedulingEvent, { kind: K }>> } = {
  node: { node: true, resident: true },
  'node-removed': { nodeId: true },
  readiness: { classId: true, refusals: true },
  'residency-void': { nodeId: true },
  models: { sizesBytes: true },
  class: { class: true },
  'class-removed': { classId: true },
  tenant: { tenantId: true, maxActive: true },
  workflow: { workflowId: true, maxActive: true },
  heads: { classId: true, jobs: true, queued: true },
  'attempt-opened': { nodeId: true, jobId: true, job: true, startedAtMs: true },
  'attempt-started': { nodeId: true, jobId: true },
  progress: { nodeId: true, jobId: true, step: true, steps: true },
  'attempt-closed': {
    nodeId: true,
    jobId: true,
    outcome: true,
    runMs: true,
    loadMs: true,
    uploadMs: true,
  },
  tick: {},
  batch: { events: true },
};

const node: Record<keyof NodeSpec, true> = {
  id: true,
  gpuClass: true,
  weight: true,
  vramBytes: true,
  labels: true,
  pools: true,
  failureProbability: true,
  accepts: true,
};

const cls: Record<keyof ClassSpec, true> = {
  id: true,
  models: true,
  loras: true,
  minVramBytes: true,
  labels: true,
  pool: true,
  profileId: true,
  family: true,
  workflowId: true,
};

const job: Record<keyof QueuedJob, true> = {
  id: true,
  classId: true,
  tenantId: true,
  effKey: true,
  creditS: true,
  enqueuedAtMs: true,
  workUnits: true,
  avoidNodeIds: true,
  inputBytes: true,
  inputsOnNodeIds: true,
  deadlineMs: true,
};

const wanted = new Set([
  ...Object.entries(events).flatMap(([kind, fields]) => [
    kind,
    ...Object.keys(fields).map((f) => `${kind}.${f}`),
  ]),
  ...Object.keys(node).map((field) => `node.node.${field}`),
  ...Object.keys(cls).map((field) => `class.class.${field}`),
  ...Object.keys(job).map((field) => `heads.jobs.${field}`),
]);

/** More than the leader remembers of classes without jobs. */
const manyClasses = 5_001;

let deployment: Deployment;
let workflows: string;
const replicas: Replica[] = [];

beforeAll(async () => {
  workflows = await confinedWorkflow();
  deployment = await Deployment.create(['one', 'two'].map((name) => ({ name, loadMs: 20, stepMs: 20 })));
});
afterAll(async () => {
  await deployment?.destroy();
  await rm(workflows, { recursive: true, force: true });
});

/** Every kind and field that some process of the service sent so far, and how many classes it named. */
const heard = new Set<string>();
let classes = 0;
const readTo = new Map<Replica, number>();

/** What they have logged since the last time. */
function listen(): Set<string> {
  for (const replica of replicas) {
    const output = replica.output();
    const from = readTo.get(replica) ?? 0;
    const to = output.lastIndexOf('\n') + 1;
    readTo.set(replica, Math.max(from, to));
    for (const line of output.slice(from, to).split('\n'))
      if (line.includes('"the scheduler is told"'))
        note(heard, (JSON.parse(line) as { event: object }).event);
  }
  return heard;
}

function note(names: Set<string>, event: object): void {
  const { kind, ...fields } = event as SchedulingEvent;
  names.add(kind);
  if (kind === 'class') classes += 1;
  for (const [field, value] of Object.entries(fields)) {
    names.add(`${kind}.${field}`);
    if (kind === 'batch' && field === 'events') for (const each of value as object[]) note(names, each);
    const parts = Array.isArray(value) ? (value as unknown[]) : [value];
    for (const part of parts)
      if (typeof part === 'object' && part !== null)
        for (const inner of Object.keys(part)) names.add(`${kind}.${field}.${inner}`);
  }
}

async function start(): Promise<Replica> {
  const replica = await deployment.start({ LOG_LEVEL: 'trace', WORKFLOWS_DIR: workflows });
  replicas.push(replica);
  return replica;
}

it('every kind of event and every field of it is sent by the running service', async () => {
  const first = await start();
  await limits(first);
  await ordinaryJobs(first);
  await classesComeAndGo();
  await deployment.node('two').restart();
  const running = await first.jobs.submit(samplingGraph({ steps: 400 }));
  await first.jobs.attemptIs(running, 'running');
  await first.kill();
  const second = await start();
  await call(`${second.url}/v1/nodes`, 'POST', { id: 'third', url: 'http://127.0.0.1:9' });
  await eventually(() => replicas[1]!.output().includes('"id":"third"'), { timeoutMs: 20_000 });
  await call(`${second.url}/v1/nodes/third`, 'DELETE');
  await second.jobs.cancel(running);
  await eventually(() => [...wanted].every((name) => listen().has(name)), {
    timeoutMs: 30_000,
    intervalMs: 500,
    what: 'everything the scheduler can be told',
  }).catch(() => undefined);
  expect([...wanted].filter((name) => !heard.has(name))).toEqual([]);
}, 180_000);

async function limits({ url }: Replica): Promise<void> {
  await call(`${url}/v1/tenants/narrow`, 'PUT', { max_active: 1 });
  const image = await uploadedPicture(url, 'confined.png');
  const { status } = await call(`${url}/v1/jobs`, 'POST', { workflow, inputs: { image, prompt: 'a lake' } });
  expect(status).toBe(202);
}

async function ordinaryJobs({ url, jobs }: Replica): Promise<void> {
  const graph = {
    ...samplingGraph({ steps: 40 }),
    9: { class_type: 'LoadImage', inputs: { image: await uploadPicture(url, 80) } },
    10: { class_type: 'SaveImage', inputs: { images: ['9', 0], filename_prefix: 'copy' } },
  };
  const deadline = new Date(Date.now() + 600_000).toISOString();
  for (const id of [await jobs.submit(graph, { deadline }), await jobs.submit(samplingGraph())])
    expect(await jobs.ended(id)).toMatchObject({ state: 'succeeded' });
}

/** As if so many workflows had been used once. */
async function classesComeAndGo(): Promise<void> {
  const { pool } = deployment.database!;
  await pool.query(
    `WITH made AS (
       INSERT INTO sched_class (hash, requirements, models, loras, node_types, profile_id, min_vram_bytes, labels)
       SELECT 'many ' || n, '{"nodeClasses":[],"choices":[],"models":[],"loras":[],"images":[],"inputs":[]}', '{}', '{}', '{}', 'many', 1e15, '{}'
       FROM generate_series(1, ${manyClasses}) n RETURNING id)
     INSERT INTO job (id, tenant_id, class_id, door, eff_key, est_ms)
     SELECT gen_random_uuid(), 'default', id, 'v1', 1e9, 1000 FROM made`,
  );
  await eventually(() => listen().has('class') && classes > manyClasses, {
    timeoutMs: 60_000,
    intervalMs: 500,
    what: 'the classes',
  });
  await pool.query(`UPDATE job SET state = 'cancelled', finished_at = now() WHERE eff_key = 1e9`);
}

/** The workflow of the repository for one pool alone, one job at a time. */
async function confinedWorkflow(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'comfymux-workflows-'));
  const source = new URL('../../../workflows/', import.meta.url);
  const manifest = JSON.parse(await readFile(new URL(`${workflow}.manifest.json`, source), 'utf8')) as {
    requirements?: object;
  };
  const requirements = { ...manifest.requirements, pool: 'nobody' };
  await writeFile(
    join(directory, `${workflow}.manifest.json`),
    JSON.stringify({ ...manifest, requirements, limits: { maxActive: 1 } }),
  );
  await writeFile(join(directory, `${workflow}.json`), await readFile(new URL(`${workflow}.json`, source)));
  return directory;
}
