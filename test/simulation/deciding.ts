/** What the product's scheduler decides on the record as it is at this moment, without a memory of earlier ones. */
import {
  type ClassSpec,
  createScheduler,
  decide,
  type PlaceDecision,
  type QueuedJob,
  type SchedulingEvent,
} from '../../src/modules/scheduling/index.js';
import { secondPerUnit } from '../scheduling/builders.js';
import type { SimulatedNode } from './node.js';
import type { Attempt, Job, Store } from './store.js';

const window = 16;

export function decideOn(store: Store, nodes: readonly SimulatedNode[], nowMs: number): PlaceDecision[] {
  const queued = [...store.jobs.values()]
    .filter(({ state }) => state === 'queued')
    .toSorted((a, b) => a.effKey - b.effKey);
  const jobs = queued.slice(0, window).map((job) => queuedJob(job, nodes.length));
  const decisions = decide(createScheduler({}, { runTimes: secondPerUnit() }), {
    kind: 'batch',
    nowMs,
    events: [
      { kind: 'class', nowMs, class: classSpec },
      ...nodes.map((node) => nodeEvent(node, nowMs)),
      ...firstOfEach(store.occupied()).map(({ nodeId, jobId }) => openedEvent(nodeId, jobId, nowMs)),
      { kind: 'heads', nowMs, classId: classSpec.id, queued: queued.length, jobs },
    ],
  });
  return decisions.filter((decision) => decision.kind === 'place');
}

/** Of a node's two prompts one is enough to keep the other places for `handOver`. */
const firstOfEach = (attempts: readonly Attempt[]): Attempt[] => [
  ...new Map(attempts.toReversed().map((attempt) => [attempt.nodeId, attempt])).values(),
];

function queuedJob(job: Job, nodes: number): QueuedJob {
  return {
    id: job.id,
    classId: classSpec.id,
    tenantId: 'default',
    effKey: job.effKey,
    creditS: 0,
    enqueuedAtMs: job.createdMs,
    workUnits: 10,
    avoidNodeIds: job.avoid.size < nodes ? [...job.avoid] : [],
    inputBytes: 0,
    inputsOnNodeIds: [],
  };
}

const openedEvent = (nodeId: string, jobId: string, nowMs: number): SchedulingEvent => ({
  kind: 'attempt-opened',
  nowMs,
  nodeId,
  jobId,
  startedAtMs: nowMs,
});

const classSpec: ClassSpec = {
  id: 'class',
  models: ['model'],
  loras: [],
  minVramBytes: 0,
  labels: {},
  profileId: 'class',
  family: 'model',
};

const nodeEvent = (node: SimulatedNode, nowMs: number): SchedulingEvent => ({
  kind: 'node',
  nowMs,
  resident: ['model'],
  node: {
    id: node.id,
    gpuClass: 'one',
    weight: 1,
    vramBytes: 24e9,
    labels: {},
    pools: [],
    failureProbability: 0,
    accepts: node.answers,
  },
});
