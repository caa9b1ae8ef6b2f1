/** Begins a feed for each leader, and says how its scheduler is set. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../../platform/config/index.js';
import { TenantsService } from '../../../access/index.js';
import { AttemptsStore, QueueStore } from '../../../jobs/index.js';
import { NodesService } from '../../../nodes/index.js';
import type { SchedulingOptions } from '../../../scheduling/index.js';
import { WorkflowCatalogue } from '../../../workflows/index.js';
import { schedulingOptionsOf } from '../options.js';
import { AttemptFeed } from './attempt-feed.js';
import { Feed } from './feed.js';
import { InputPlaces } from './input-places.js';
import { NodeFeed } from './node-feed.js';
import { QueueFeed } from './queue-feed.js';

@Injectable()
export class Feeds {
  readonly options: SchedulingOptions;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
  ) {
    this.options = schedulingOptionsOf(config);
  }

  /** `resident`: what nodes were believed to hold when the last leader wrote it down. */
  begin(resident: Readonly<Record<string, string[]>>): Feed {
    const { queue, nodes, tenants, catalogue, options } = this;
    const places = new InputPlaces();
    return new Feed(
      queue,
      new NodeFeed(nodes, resident),
      new QueueFeed({ queue, nodes, tenants, catalogue, options }, places),
      new AttemptFeed(this.attempts),
      places,
    );
  }
}
