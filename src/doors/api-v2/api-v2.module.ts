import { Module } from '@nestjs/common';
import { AssetsModule } from '../../modules/assets/index.js';
import { DispatchModule } from '../../modules/dispatch/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { ApiV2Routes } from './api-v2.routes.js';
import { EventStream } from './event-stream.js';
import { AssetRoutes } from './http/asset.routes.js';
import { JobRoutes } from './http/job.routes.js';
import { Patience } from './http/patience.js';
import { JobReader } from './job-reader.js';
import { JobFeeds } from './live/job-feeds.js';
import { RunBoard } from './live/run-board.js';
import { Submissions } from './submissions.js';
import { Uploads } from './uploads.js';

/** Comfy API v2: the official contract, over many nodes. */
@Module({
  imports: [AssetsModule, DispatchModule, JobsModule],
  providers: [
    ApiV2Routes,
    AssetRoutes,
    EventStream,
    JobFeeds,
    JobReader,
    JobRoutes,
    Patience,
    RunBoard,
    Submissions,
    Uploads,
  ],
})
export class ApiV2Module {}
