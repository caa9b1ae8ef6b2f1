/**
 * The executing half of dispatch on this replica: keeps an agent for every node, gives each the open attempts that the
 * record says are ours, and adopts the attempts of replicas that died. Notifications make it look at once; a poll each
 * second covers the lost ones.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Site } from '../../../platform/site/index.js';
import { AttemptsStore, JobEvents, type OpenAttempt, ordersChannel } from '../../jobs/index.js';
import { NodesService } from '../../nodes/index.js';
import { Collector } from './results/collector.js';
import { close } from '../domain/step.js';
import { NodeAgent } from './node-agent.js';
import { PromptPreparer } from './prompt.js';
import { inputsChannel, readInputOrder, writeInputOrder } from './input-order.js';
import { RunEvents } from '../relay/run-events.js';
import { Settler } from './settler.js';

@Injectable()
export class AgentsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly agents = new Map<string, NodeAgent>();
  private readonly loop: PeriodicLoop;
  private adoptDueMs = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(RunEvents) private readonly runEvents: RunEvents,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(PromptPreparer) private readonly preparer: PromptPreparer,
    @Inject(Collector) private readonly collector: Collector,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Site) private readonly site: Site,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'agents',
      intervalMs: config.DISPATCH_INTERVAL_MS,
      clock,
      log,
      backoffMaxMs: 5000,
      turn: async () => this.turn(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(ordersChannel, (owner) => {
      if (owner === this.replica.id) this.loop.wake();
    });
    await this.notifications.listen(inputsChannel, (text) => {
      const order = readInputOrder(text);
      if (order?.owner === this.replica.id) this.agents.get(order.nodeId)?.preload(order.files);
    });
    await this.site.whenOpen(() => this.loop.start());
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all([...this.agents.values()].map(async (agent) => agent.stop()));
  }

  /** New attempts for this replica are in the record. */
  wake(): void {
    this.loop.wake();
  }

  /** Has the node's owner put these files there, in its own time. */
  async preload(nodeId: string, files: readonly string[]): Promise<void> {
    const owner = this.replica.ownerOf(nodeId);
    if (owner === this.replica.id) this.agents.get(nodeId)?.preload(files);
    else await this.notifications.notify(inputsChannel, writeInputOrder({ owner, nodeId, files }));
  }

  private async turn(): Promise<void> {
    await this.matchAgentsToNodes();
    await this.adopt();
    const open = await this.attempts.openOf(this.replica.id);
    this.settler.follow(open);
    const mine = byNode(open);
    for (const [nodeId, agent] of this.agents) agent.reconcile(mine.get(nodeId) ?? []);
    for (const [nodeId, orphans] of mine)
      if (!this.agents.has(nodeId))
        await this.giveUp(orphans.filter((attempt) => this.isWithoutNode(attempt)));
  }

  private async matchAgentsToNodes(): Promise<void> {
    const monitors = new Map(this.nodes.all().map((monitor) => [monitor.settings.id, monitor]));
    for (const [id, agent] of this.agents) {
      if (monitors.get(id) === agent.monitor) continue;
      this.agents.delete(id);
      await agent.stop();
    }
    for (const [id, monitor] of monitors) if (!this.agents.has(id)) this.employ(id, monitor);
  }

  private employ(id: string, monitor: NodeAgent['monitor']): void {
    const agent = new NodeAgent(
      monitor,
      {
        attempts: this.attempts,
        events: this.events,
        runEvents: this.runEvents,
        refusalOf: (promptId) => this.nodes.refusalOf(monitor, promptId),
        noteForeignPrompts: async (nodeId, count) => this.nodes.noteForeignPrompts(nodeId, count),
        noteMemoryLost: async (nodeId) => this.nodes.noteMemoryLost(nodeId),
        preparer: this.preparer,
        collector: this.collector,
        settler: this.settler,
        timings: {
          pollIntervalMs: this.config.NODE_POLL_INTERVAL_MS,
          sendTimeoutMs: this.config.ATTEMPT_SEND_TIMEOUT_MS,
          settleMs: this.config.ATTEMPT_SETTLE_MS,
          lostGraceMs: this.config.NODE_LOST_GRACE_MS,
          runLimitMs: this.config.ATTEMPT_RUN_LIMIT_MS,
        },
        monotonicMs: () => this.clock.monotonicMs(),
        log: this.log,
      },
      this.config.IDLE_POLL_INTERVAL_MS,
    );
    this.agents.set(id, agent);
    agent.start();
  }

  /** Wakes come with every job, deaths do not. */
  private async adopt(): Promise<void> {
    if (this.clock.monotonicMs() < this.adoptDueMs) return;
    this.adoptDueMs = this.clock.monotonicMs() + this.config.DISPATCH_INTERVAL_MS;
    const orphans = await this.attempts.orphans(this.replica.id, this.config.REPLICA_LEASE_MS);
    if (orphans.length === 0) return;
    // Until its next renewal this replica may still count the dead one as the owner of its nodes.
    await this.replica.refresh();
    const mine = orphans.filter(({ nodeId }) => this.replica.ownerOf(nodeId) === this.replica.id);
    if (mine.length === 0) return;
    faults.hit('attempt.takeover.before_commit');
    const adopted = await this.attempts.takeOver(mine, this.replica.id);
    faults.hit('attempt.takeover.after_commit');
    this.log.warn({ attempts: adopted }, 'adopted the attempts of a replica that is gone');
  }

  /** Its node was taken from the registry, or its row there is none that can be used. */
  private isWithoutNode({ nodeId, nodeRegistered }: OpenAttempt): boolean {
    return !nodeRegistered || this.nodes.recordOf(nodeId)?.mistake !== undefined;
  }

  /** Attempts on a node that cannot be asked any more. */
  private async giveUp(orphans: OpenAttempt[]): Promise<void> {
    for (const attempt of orphans)
      await this.settler.settle(
        attempt,
        { ...close('node_lost', `the node ${attempt.nodeId} was removed`), outputs: [] },
        undefined,
      );
  }
}

function byNode(attempts: OpenAttempt[]): Map<string, OpenAttempt[]> {
  const groups = new Map<string, OpenAttempt[]>();
  for (const attempt of attempts)
    groups.set(attempt.nodeId, [...(groups.get(attempt.nodeId) ?? []), attempt]);
  return groups;
}
