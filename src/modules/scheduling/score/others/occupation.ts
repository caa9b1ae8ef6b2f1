import { arrivalsPerS } from '../../queue/arrivals.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../../state.js';
import { executionS } from '../execution.js';

/**
 * O: reads the models that the node holds besides those of the class and that no other free node holds, how often jobs come that
 * need them, how long those run, and how long this run keeps them busy. Who needs one meanwhile waits for the end of the run or has
 * the model loaded elsewhere, whichever is less; that weighs as much as their runs are shorter than this one. A node that is left to
 * them, on the other hand, idles until the next one comes. So long runs leave the last free copy of what short ones ask for every few
 * seconds, and only of that: how many nodes stay free follows from the demand.
 */
export function occupationS(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): number {
  const { models } = node.residency;
  const own = node.freeAt >= 0 ? 1 : 0;
  let lostS = 0;
  let jobsPerS = 0;
  for (let at = 0; at < models.length; at += 1) {
    const number = models[at]!;
    const model = state.models[number]!;
    if (model.freeCopies > own || cls.models.includes(number)) continue;
    const perS = arrivalsPerS(state, model);
    if (perS === 0) continue;
    const runS = executionS(state, job, cls, node);
    jobsPerS += perS;
    const shorter = Math.max(0, 1 - model.runS / runS);
    lostS += shorter * (1 - Math.exp(-perS * runS)) * Math.min(runS, state.loadS[node.gpu]![number]!);
  }
  return jobsPerS === 0 ? 0 : Math.max(0, lostS - 1 / jobsPerS);
}
