import { Module } from '@nestjs/common';
import { DispatchModule } from '../../../modules/dispatch/index.js';
import { JobsModule } from '../../../modules/jobs/index.js';
import { NodesModule } from '../../../modules/nodes/index.js';
import { EventHub } from './event-hub.js';
import { EventsController } from './events.controller.js';
import { Feeds } from './feeds.js';
import { JobFeed } from './job-feed.js';
import { NodeFeed } from './node-feed.js';
import { PreviewFeed } from './preview-feed.js';
import { QueueFeed } from './queue-feed.js';

/** The streams of what changes. */
@Module({
  imports: [DispatchModule, JobsModule, NodesModule],
  controllers: [EventsController],
  providers: [EventHub, Feeds, JobFeed, NodeFeed, PreviewFeed, QueueFeed],
})
export class EventsModule {}
