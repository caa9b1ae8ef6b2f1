/** Tells of placements that are in the record: events, log, metrics, traces, and the node's monitor. */
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { JobEvents, JobTraces, type Placement, type QueueHead } from '../../jobs/index.js';
import { NodesService } from '../../nodes/index.js';
import type { PlaceDecision } from '../../scheduling/index.js';
import { DispatchMetrics } from '../dispatch.metrics.js';

@Injectable()
export class PlacementNews {
  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(DispatchMetrics) private readonly metrics: DispatchMetrics,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  trace(placements: readonly Placement[], decidedFrom: Date): void {
    this.traces.placed([...placements], decidedFrom);
  }

  /** `found`: the job as the queue had it. */
  announce(
    { jobId, nodeId, promptId }: Placement,
    decision: PlaceDecision,
    found: { head: QueueHead; waitMs: number } | undefined,
  ): void {
    this.nodes.find(nodeId)?.notePlaced();
    if (found)
      this.metrics.placed({
        waitMs: found.waitMs,
        workflow: found.head.workflow,
        tenantId: decision.tenantId,
        loadsModels: decision.terms.switchingS > 0,
      });
    const { costS, terms, key, slot, heldMs, pinned, runnersUp } = decision;
    this.log.info(
      { job: jobId, node: nodeId, promptId, slot, costS, terms, key, heldMs, pinned, runnersUp },
      'job placed',
    );
    void this.events.publish({ type: 'state', jobId, state: 'active', started: false, nodeId });
  }

  takenBack(entry: { job: string; node: string; promptId: string; cause: unknown }): void {
    this.log.info(entry, 'job taken back from its node');
  }
}
