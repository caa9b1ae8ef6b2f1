/**
 * Has the inputs of the jobs that will probably run next put on their nodes while these are still busy, so that no upload lies
 * between two runs. Commits nothing: where a job goes is decided when a node is free, and a file that is sent in vain costs
 * its transfer. A lost order costs an upload at the hand-over.
 */
import type { NextJob, SchedulerState } from '../../scheduling/index.js';
import { nextJobs } from '../../scheduling/index.js';
import type { AgentsService } from '../agents/agents.service.js';
import type { InputPlaces } from './feeds/input-places.js';
import type { QueueFeed } from './feeds/queue-feed.js';

const leadS = 60;
const nodesMax = 64;

export class Preloading {
  constructor(
    private readonly agents: AgentsService,
    private readonly queue: QueueFeed,
    private readonly places: InputPlaces,
  ) {}

  /** Classes whose jobs have inputs on more nodes now. */
  async order(state: SchedulerState, nowMs: number): Promise<number[]> {
    const lacking = nextJobs(state, leadS, nodesMax).filter(
      ({ nodeId, inputBytes, inputsOnNodeIds }) => inputBytes > 0 && !inputsOnNodeIds.includes(nodeId),
    );
    for (const next of lacking) await this.send(next, nowMs);
    return [...new Set(lacking.map(({ classId }) => Number(classId)))];
  }

  private async send({ nodeId, classId, jobId }: NextJob, nowMs: number): Promise<void> {
    const files = this.queue.find(Number(classId), jobId, nowMs)?.head.inputs ?? [];
    if (files.length === 0) return;
    this.places.note(nodeId, files);
    await this.agents.preload(nodeId, files);
  }
}
