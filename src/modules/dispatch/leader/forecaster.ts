/** Tells people what the scheduler expects: every second, bounded. */
import type { ForecastDocument } from '../../jobs/index.js';
import type { NodesService } from '../../nodes/index.js';
import {
  describeWaiting,
  type Forecast,
  forecastOf,
  type SchedulerState,
  type WaitingReason,
} from '../../scheduling/index.js';
import { lackOfAll } from './feeds/lack.js';
import type { QueueFeed } from './feeds/queue-feed.js';

const bounds = { jobsMax: 256, classesMax: 500, runsMax: 2000, nodesMax: 2000 };

export function forecastNow(
  state: SchedulerState,
  nodes: NodesService,
  queue: QueueFeed,
): { document: ForecastDocument; reasons: WaitingReason['kind'][] } {
  const forecast = forecastOf(state, bounds);
  const sentence = (reason: WaitingReason, classId: string): string => {
    if (reason.kind !== 'no-feasible-node') return describeWaiting(reason);
    return lackOfAll(nodes, queue.classOf(Number(classId))) ?? describeWaiting(reason);
  };
  return {
    document: documentOf(forecast, sentence),
    reasons: forecast.waiting.map(({ reason }) => reason.kind),
  };
}

function documentOf(
  { waiting, classes, running, nodes }: Forecast,
  sentence: (reason: WaitingReason, classId: string) => string,
): ForecastDocument {
  return {
    waiting: Object.fromEntries(
      waiting.map(({ jobId, classId, reason, ...place }, at) => [
        jobId,
        { reason, sentence: sentence(reason, classId), position: at + 1, ...place },
      ]),
    ),
    classes: Object.fromEntries(
      classes.map(({ classId, reason, beyond }) => [
        classId,
        { reason, sentence: sentence(reason, classId), eta: beyond?.eta, perJobMs: beyond?.perJobMs },
      ]),
    ),
    running: Object.fromEntries(running.map(({ jobId, eta }) => [jobId, eta])),
    waitingCount: waiting.length,
    nodes: Object.fromEntries(nodes.map(({ nodeId, ...free }) => [nodeId, free])),
  };
}
