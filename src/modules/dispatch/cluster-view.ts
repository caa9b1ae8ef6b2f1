/** The leader's snapshot of queue and nodes, in the words of the scheduler. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import {
  AttemptsStore,
  type OccupiedSlot,
  type QueueClass,
  type QueueHead,
  QueueStore,
} from '../jobs/index.js';
import { gpuClassOf, type NodeMonitor, NodesService } from '../nodes/index.js';
import type { JobHead, NodeView, PlaceSnapshot } from '../scheduling/index.js';
import { AgentsService } from './agents.service.js';
import { RunTimes } from './run-times.js';

const classesMax = 5000;
/** Runs whose files are still being fetched; more of them and the node gets no new work until some are through. */
const collectingPerNodeMax = 4;
/** A foreign prompt's length is unknown. */
const foreignPromptMs = 60_000;
/** Until load times are learned: enough to prefer a node that just ran the same models, too little to wait for it. */
const assumedLoadMs = 1;

@Injectable()
export class ClusterView {
  private readonly classes = new Map<number, QueueClass>();
  private readonly lastModels = new Map<string, { models: string[]; loras: string[] }>();

  constructor(
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(AgentsService) private readonly agents: AgentsService,
    @Inject(RunTimes) private readonly runTimes: RunTimes,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async snapshot(heads: QueueHead[]): Promise<PlaceSnapshot> {
    await this.loadClasses(heads);
    const occupied = await this.attempts.occupied();
    const collecting = await this.attempts.collectingPerNode();
    const monitors = this.nodes.accepting();
    const views = monitors.map((monitor) =>
      this.nodeView(monitor, occupied, collecting.get(monitor.settings.id) ?? 0),
    );
    return {
      nowMs: this.clock.now().getTime(),
      nodes: views,
      heads: heads.map((head) => this.headView(head, views)),
      loadMs: Object.fromEntries(
        heads
          .flatMap((head) => this.classOf(head.classId)?.models ?? [])
          .map((model) => [model, assumedLoadMs]),
      ),
    };
  }

  classOf(id: number): QueueClass | undefined {
    return this.classes.get(id);
  }

  /** What a node was given last is what it has in memory, as far as anyone can tell. */
  notePlaced(nodeId: string, head: QueueHead | undefined): void {
    const needs = head && this.classes.get(head.classId);
    if (needs) this.lastModels.set(nodeId, { models: needs.models, loras: needs.loras });
  }

  private async loadClasses(heads: QueueHead[]): Promise<void> {
    const unknown = [...new Set(heads.map((head) => head.classId))].filter((id) => !this.classes.has(id));
    if (unknown.length === 0) return;
    if (this.classes.size + unknown.length > classesMax) this.classes.clear();
    for (const loaded of await this.queue.classes(unknown)) this.classes.set(loaded.id, loaded);
  }

  private nodeView(monitor: NodeMonitor, occupied: OccupiedSlot[], collecting: number): NodeView {
    const { id, weight } = monitor.settings;
    const gpuClass = gpuClassOf(monitor) ?? 'unknown';
    const slots = occupied.filter((slot) => slot.nodeId === id);
    const restMs = slots.reduce((sum, slot) => sum + this.restMs(slot, gpuClass), 0);
    const last = this.lastModels.get(id);
    return {
      id,
      slotsFree: slots.length > 0 || collecting >= collectingPerNodeMax ? 0 : 1,
      speedFactor: 1,
      gpuClass,
      runningRestMs: restMs + this.agents.foreignPromptsOn(id) * foreignPromptMs,
      resident: last?.models ?? [],
      residentLoras: last?.loras ?? [],
      feasibleClassIds: (classId) => this.isFeasible(monitor, Number(classId)),
      weight,
      failureProbability: 0,
    };
  }

  private restMs(slot: OccupiedSlot, gpuClass: string): number {
    return Math.max(0, this.runTimes.expectedMs(slot.profileId, gpuClass) - (slot.runningForMs ?? 0));
  }

  private isFeasible(monitor: NodeMonitor, classId: number): boolean {
    const needs = this.classes.get(classId);
    return (
      needs !== undefined &&
      this.nodes.readinessOf(monitor, needs.requirements, String(classId))?.ready === true
    );
  }

  private headView(head: QueueHead, nodes: NodeView[]): JobHead {
    const needs = this.classes.get(head.classId);
    const able = nodes.filter(
      (node) => typeof node.feasibleClassIds === 'function' && node.feasibleClassIds(String(head.classId)),
    );
    const everyNodeFailed = able.every((node) => head.avoidNodeIds.includes(node.id));
    return {
      id: head.id,
      classId: String(head.classId),
      effKey: head.effKey,
      estimateMs: needs ? this.runTimes.expectedMs(needs.profileId, able[0]?.gpuClass ?? 'unknown') : 0,
      models: needs?.models ?? [],
      loras: needs?.loras ?? [],
      // A node that failed the job once is better than none.
      avoidNodeIds: everyNodeFailed ? [] : head.avoidNodeIds,
      ageMs: head.ageMs,
      tenantId: head.tenantId,
    };
  }
}
