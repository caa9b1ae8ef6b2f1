import { Module } from '@nestjs/common';
import { AssetsModule } from '../../modules/assets/index.js';
import { JobsModule } from '../../modules/jobs/index.js';
import { WorkflowLibraryModule } from '../../modules/workflows/index.js';
import { DeletedVideos } from './deleted-videos.store.js';
import { ImageRoutes } from './http/image.routes.js';
import { ModelRoutes } from './http/model.routes.js';
import { RequestReader } from './http/request-reader.js';
import { VideoRoutes } from './http/video.routes.js';
import { OpenAiRoutes } from './openai.routes.js';
import { Pictures } from './pictures.js';
import { Submissions } from './submissions.js';
import { Videos } from './videos.js';

/** OpenAI's API: workflows that declare themselves are models for images and videos. */
@Module({
  imports: [AssetsModule, JobsModule, WorkflowLibraryModule],
  providers: [
    DeletedVideos,
    ImageRoutes,
    ModelRoutes,
    OpenAiRoutes,
    Pictures,
    RequestReader,
    Submissions,
    VideoRoutes,
    Videos,
  ],
})
export class OpenAiModule {}
