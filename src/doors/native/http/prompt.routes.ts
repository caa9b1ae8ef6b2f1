/** `/prompt`: takes prompts in, and tells how many wait. */
import { to } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Owner } from '../domain/may-touch.js';
import { PromptService } from '../prompt.service.js';
import { QueueCount } from '../socket/queue-count.js';
import { LiveRuns } from '../socket/live-runs.js';
import { RunFrames } from '../socket/run-frames.js';
import { bodyJson, sendJson } from './answers.js';
import { callerOf } from './caller.js';
import { QueueRoutes } from './queue.routes.js';
import { both } from './routes.js';

@Injectable()
export class PromptRoutes {
  constructor(
    @Inject(PromptService) private readonly prompts: PromptService,
    @Inject(QueueCount) private readonly count: QueueCount,
    @Inject(LiveRuns) private readonly runs: LiveRuns,
    @Inject(RunFrames) private readonly frames: RunFrames,
    @Inject(QueueRoutes) private readonly queue: QueueRoutes,
  ) {}

  register(app: FastifyInstance): void {
    both(app, ['POST', '/prompt', to('submit', 'job')], async (request, reply) =>
      this.submit(request, reply),
    );
    both(app, ['GET', '/prompt', to('read', 'job')], async (request, reply) =>
      sendJson(reply, { exec_info: { queue_remaining: await this.count.for(callerOf(request)) } }),
    );
    this.queue.register(app);
  }

  private async submit(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const caller = callerOf(request);
    let expected: string | undefined;
    let owner: Owner = { place: caller.place, clientId: null };
    try {
      const answer = await this.prompts.submit(
        await bodyJson(request, 'lossless'),
        caller,
        (jobId, clientId) => {
          expected = jobId;
          owner = { place: caller.place, clientId };
          this.runs.expect(jobId, owner);
        },
      );
      if (!answer.ok) return sendJson(reply, { error: answer.error, node_errors: answer.nodeErrors }, 400);
      expected = undefined;
      this.frames.sendAccepted(owner);
      return sendJson(reply, {
        prompt_id: answer.promptId,
        number: answer.number,
        node_errors: answer.nodeErrors,
      });
    } finally {
      if (expected !== undefined) this.runs.forget(expected);
    }
  }
}
