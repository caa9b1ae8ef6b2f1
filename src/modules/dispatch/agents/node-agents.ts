/** An agent for every node that this replica knows; each follows what the record says is ours on its node. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { AttemptsStore, type OpenAttempt } from '../../jobs/index.js';
import { NodesService } from '../../nodes/index.js';
import { RunEvents } from '../relay/run-events.js';
import { NodeAgent } from './node-agent.js';
import { PromptPreparer } from '../run/prompt.js';
import { Runs } from '../run/runs.js';

@Injectable()
export class NodeAgents {
  private readonly agents = new Map<string, NodeAgent>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Runs) private readonly runs: Runs,
    @Inject(RunEvents) private readonly runEvents: RunEvents,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(PromptPreparer) private readonly preparer: PromptPreparer,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  find(nodeId: string): NodeAgent | undefined {
    return this.agents.get(nodeId);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.agents.values()].map(async (agent) => agent.stop()));
  }

  /** Makes the agents those of the nodes that there are now. */
  async matchNodes(): Promise<void> {
    const monitors = new Map(this.nodes.all().map((monitor) => [monitor.settings.id, monitor]));
    for (const [id, agent] of this.agents) {
      if (monitors.get(id) === agent.monitor) continue;
      this.agents.delete(id);
      await agent.stop();
    }
    for (const [id, monitor] of monitors) if (!this.agents.has(id)) this.employ(id, monitor);
  }

  /** Has each agent follow its own of these. Answers those on nodes that cannot be asked any more. */
  reconcile(open: readonly OpenAttempt[]): OpenAttempt[] {
    const mine = byNode(open);
    for (const [nodeId, agent] of this.agents) agent.reconcile(mine.get(nodeId) ?? []);
    return open.filter((attempt) => !this.agents.has(attempt.nodeId) && this.isWithoutNode(attempt));
  }

  /** Its node was taken from the registry, or its row there is none that can be used. */
  private isWithoutNode({ nodeId, nodeRegistered }: OpenAttempt): boolean {
    return !nodeRegistered || this.nodes.recordOf(nodeId)?.mistake !== undefined;
  }

  private employ(id: string, monitor: NodeAgent['monitor']): void {
    const { runs, runEvents, attempts, preparer, nodes, log } = this;
    const agent = new NodeAgent(
      monitor,
      { runs, runEvents, attempts, preparer, nodes, log },
      this.config.IDLE_POLL_INTERVAL_MS,
    );
    this.agents.set(id, agent);
    agent.start();
  }
}

function byNode(attempts: readonly OpenAttempt[]): Map<string, OpenAttempt[]> {
  const groups = new Map<string, OpenAttempt[]>();
  for (const attempt of attempts)
    groups.set(attempt.nodeId, [...(groups.get(attempt.nodeId) ?? []), attempt]);
  return groups;
}
