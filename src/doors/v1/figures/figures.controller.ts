/** What the record tells in figures: the last hour, a node's last hours, what a node holds in memory. */
import { Controller, Get, Inject, Param, Query, Req, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { reachesAll } from '../../../modules/access/index.js';
import { FiguresStore, type NodeRun } from '../../../modules/jobs/index.js';
import { NodesService } from '../../../modules/nodes/index.js';
import { Access } from '../../kit/index.js';
import {
  residencySchema,
  statsQuerySchema,
  statsSchema,
  timeLineQuerySchema,
  timeLineSchema,
} from './figures.schemas.js';
import { unknownNode } from '../nodes/unknown-node.js';
import { RecentFigures } from './recent-figures.js';
import { Residents } from './residents.js';
import { busySpan, gapsBetween, type Span } from './time-line.js';

const runsMax = 500;
const gapMs = 1_000;
const hourMs = 3_600_000;

@ApiTags('figures')
@Controller('v1')
export class FiguresController {
  constructor(
    @Inject(FiguresStore) private readonly figures: FiguresStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Residents) private readonly residents: Residents,
    @Inject(RecentFigures) private readonly recent: RecentFigures,
  ) {}

  @Access('read', 'job')
  @Get('stats')
  @ApiOperation({
    operationId: 'getStats',
    summary:
      'Submits, ends and waits by the minute, and why jobs failed; of the last hour unless asked otherwise',
  })
  @SerializeOptions({ schema: statsSchema })
  async stats(
    @Query({ schema: statsQuerySchema }) { minutes }: z.infer<typeof statsQuerySchema>,
    @Req() { caller: { principal } }: FastifyRequest,
  ) {
    const tenant = reachesAll(principal, 'job') ? null : principal.tenantId;
    const recent = await this.recent.of(minutes, tenant);
    return {
      minutes: recent.minutes.map(({ at, waitP50S, waitP95S, ...counts }) => ({
        at: at.toISOString(),
        ...counts,
        wait_p50_s: waitP50S,
        wait_p95_s: waitP95S,
      })),
      failures: recent.failures.map((cause) => ({
        code: cause.code,
        workflow: cause.workflow,
        node_id: cause.nodeId,
        jobs: cause.jobs,
        last_job_id: cause.lastJobId,
        last_message: cause.lastMessage,
        last_at: cause.lastAt.toISOString(),
      })),
    };
  }

  @Access('read', 'node')
  @Get('nodes/:id/timeline')
  @ApiOperation({ operationId: 'getNodeTimeline', summary: "A node's last hours: runs, loads and gaps" })
  @SerializeOptions({ schema: timeLineSchema })
  async timeLine(
    @Param('id') id: string,
    @Query({ schema: timeLineQuerySchema }) { hours }: z.infer<typeof timeLineQuerySchema>,
  ) {
    this.require(id);
    const runs = await this.figures.runsOf(id, hours, runsMax);
    const nowMs = Date.now();
    const whole = { fromMs: nowMs - hours * hourMs, toMs: nowMs };
    const spans = runs.flatMap((run) => busySpan(run, nowMs) ?? []);
    const idleMs = lengthOf(gapsBetween(spans, whole, 0));
    return {
      id,
      ...placed(whole),
      runs: runs.map((run) => runBody(run, nowMs)),
      gaps: gapsBetween(spans, whole, gapMs).map(placed),
      busy_share: 1 - idleMs / (whole.toMs - whole.fromMs),
      truncated: runs.length === runsMax,
    };
  }

  @Access('read', 'node')
  @Get('nodes/:id/residency')
  @ApiOperation({
    operationId: 'getNodeResidency',
    summary: 'Which models a node is believed to hold in memory, and why',
  })
  @SerializeOptions({ schema: residencySchema })
  async residency(@Param('id') id: string) {
    this.require(id);
    const uses = new Map((await this.recent.modelUses(id)).map((use) => [use.model, use]));
    const { byNode, modelBytes } = await this.residents.current();
    const memory = this.nodes.find(id)?.memory;
    return {
      id,
      memory: memory
        ? { vram_total_bytes: memory.vramTotalBytes, vram_free_bytes: memory.vramFreeBytes }
        : null,
      models: (byNode[id] ?? []).toReversed().map((name) => {
        const use = uses.get(name);
        return {
          name,
          size_bytes: modelBytes[name] ?? null,
          last_used_at: use?.at.toISOString() ?? null,
          last_job_id: use?.jobId ?? null,
          evidence: use
            ? 'A run used it, and nothing that pushes it out has happened since.'
            : 'It was loaded before the runs that are looked at, and nothing that pushes it out has happened since.',
        };
      }),
    };
  }

  private require(id: string): void {
    if (!this.nodes.recordOf(id)) throw unknownNode(id);
  }
}

const lengthOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);

const placed = ({ fromMs, toMs }: Span) => ({
  from: new Date(fromMs).toISOString(),
  to: new Date(toMs).toISOString(),
});

function runBody(run: NodeRun, nowMs: number) {
  const span = busySpan(run, nowMs);
  return {
    job_id: run.jobId,
    prompt_id: run.promptId,
    workflow: run.workflow,
    state: run.state,
    outcome: run.outcome,
    error_code: run.errorCode,
    placed_at: run.createdAt.toISOString(),
    run_from: span && placed(span).from,
    run_to: span && (run.closedAt ?? run.collectingAt) ? placed(span).to : null,
    closed_at: run.closedAt?.toISOString() ?? null,
    set_up_ms: run.setUpMs,
    loads_models: run.loadsModels,
  };
}
