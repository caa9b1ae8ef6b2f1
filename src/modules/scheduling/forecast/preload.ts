/**
 * Which job each busy node will probably run next, by the order in which jobs take nodes: for what may be made ready there
 * meanwhile and commits nothing. Later arrivals, holds and evictions may decide otherwise.
 */
import { avoids } from '../filters/avoid.js';
import { takesWork } from '../filters/vacancy.js';
import { keyFloor } from '../round/pick.js';
import { remainingS } from '../score/remaining.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';

export interface NextJob {
  nodeId: string;
  classId: string;
  jobId: string;
  inputBytes: number;
  inputsOnNodeIds: readonly string[];
}

/** For the nodes whose run ends within `withinS`, at most `nodesMax` of them, those that end first. */
export function nextJobs(state: SchedulerState, withinS: number, nodesMax: number): NextJob[] {
  const ending = (state.nodes.filter(Boolean) as NodeState[])
    .filter(({ spec, running, next }) => takesWork(spec) && running && !next)
    .map((node) => ({ node, restS: remainingS(state, node) }))
    .filter(({ restS }) => restS <= withinS)
    .toSorted((a, b) => a.restS - b.restS);
  const taken = new Set<Job>();
  return ending.slice(0, nodesMax).flatMap(({ node }) => nextOf(state, node, taken) ?? []);
}

function nextOf(state: SchedulerState, node: NodeState, taken: Set<Job>): NextJob | undefined {
  let least: { job: Job; cls: ClassState; key: number } | undefined;
  node.feasible.forEachCommon(state.withHeads, (index) => {
    const cls = state.classes[index]!;
    const job = cls.window.find((each) => !taken.has(each) && !avoids(state, each, cls, node));
    if (!job) return;
    const key = keyFloor(state, job, cls, node);
    if (!least || key < least.key) least = { job, cls, key };
  });
  if (!least) return undefined;
  taken.add(least.job);
  const { id, inputBytes, inputsOnNodeIds } = least.job.spec;
  return { nodeId: node.spec.id, classId: least.cls.spec.id, jobId: id, inputBytes, inputsOnNodeIds };
}
