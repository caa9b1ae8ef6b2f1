/**
 * The executing half of dispatch on this replica. Notifications make it look at once; a poll each second covers the lost ones.
 *
 *   turn: agents match the nodes ─▶ our open attempts, adopted ones among them ─▶ each agent follows its own ─▶ the rest is given up
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Notifications } from '../../../platform/database/index.js';
import type { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { Loops } from '../../../platform/site/index.js';
import { ordersChannel } from '../../jobs/index.js';
import { close } from '../domain/attempt/step.js';
import { inputsChannel, readInputOrder, writeInputOrder } from './input-order.js';
import { NodeAgents } from './node-agents.js';
import { OwnAttempts } from './own-attempts.js';
import { Settler } from './settler.js';

@Injectable()
export class AgentsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(OwnAttempts) private readonly attempts: OwnAttempts,
    @Inject(NodeAgents) private readonly agents: NodeAgents,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Loops) private readonly loops: Loops,
  ) {
    this.loop = loops.make({
      name: 'agents',
      intervalMs: config.DISPATCH_INTERVAL_MS,
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
      if (order?.owner === this.replica.id) this.agents.find(order.nodeId)?.preload(order.files);
    });
    await this.loops.startWithSite(this.loop);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await this.agents.stop();
  }

  /** New attempts for this replica are in the record. */
  wake(): void {
    this.loop.wake();
  }

  /** Has the node's owner put these files there, in its own time. */
  async preload(nodeId: string, files: readonly string[]): Promise<void> {
    const owner = this.replica.ownerOf(nodeId);
    if (owner === this.replica.id) this.agents.find(nodeId)?.preload(files);
    else await this.notifications.notify(inputsChannel, writeInputOrder({ owner, nodeId, files }));
  }

  private async turn(): Promise<void> {
    await this.agents.matchNodes();
    const open = await this.attempts.read();
    this.settler.follow(open);
    for (const attempt of this.agents.reconcile(open))
      await this.settler.settle(
        attempt,
        { ...close('node_lost', `the node ${attempt.nodeId} was removed`), outputs: [] },
        undefined,
      );
  }
}
