import { Module } from '@nestjs/common';
import { AccessModule } from '../../modules/access/index.js';
import { AssetsModule } from '../../modules/assets/index.js';
import { DispatchModule } from '../../modules/dispatch/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { NodesModule } from '../../modules/nodes/index.js';
import { FleetModule } from '../../modules/fleet/index.js';
import { FilesService } from './files.service.js';
import { FileRoutes } from './http/file.routes.js';
import { HistoryRoutes } from './http/history.routes.js';
import { InternalRoutes } from './http/internal.routes.js';
import { InfoRoutes } from './http/info.routes.js';
import { LongAnswers } from './http/long-answers.js';
import { PromptRoutes } from './http/prompt.routes.js';
import { QueueRoutes } from './http/queue.routes.js';
import { ProxyRoutes } from './http/proxy.routes.js';
import { UserRoutes } from './http/user.routes.js';
import { LiveFiles } from './live-files.js';
import { NativeRoutes } from './native.routes.js';
import { NodeStreams } from './node-streams.js';
import { PicturesService } from './pictures/pictures.service.js';
import { PromptService } from './prompt.service.js';
import { ListingsStore } from './record/listings.store.js';
import { NativeStore } from './record/native.store.js';
import { PromptBodies } from './record/prompt-bodies.js';
import { QueueCount } from './socket/queue-count.js';
import { LiveRuns } from './socket/live-runs.js';
import { RunFrames } from './socket/run-frames.js';
import { RunTeller } from './socket/run-teller.js';
import { SocketHub } from './socket/socket-hub.js';
import { UserDataChore } from './user-data-chore.js';
import { UserDataStore } from './user-data.store.js';

const stores = [ListingsStore, NativeStore, PromptBodies];
const routes = [
  LongAnswers,
  InternalRoutes,
  FileRoutes,
  HistoryRoutes,
  InfoRoutes,
  PromptRoutes,
  QueueRoutes,
  ProxyRoutes,
  UserRoutes,
];
const services = [
  FilesService,
  LiveFiles,
  NodeStreams,
  PicturesService,
  PromptService,
  UserDataChore,
  UserDataStore,
];
const sockets = [LiveRuns, QueueCount, RunFrames, RunTeller, SocketHub];

@Module({
  imports: [AccessModule, AssetsModule, DispatchModule, FleetModule, JobsModule, NodesModule],
  providers: [...routes, ...services, ...sockets, ...stores, NativeRoutes],
})
export class NativeModule {}
