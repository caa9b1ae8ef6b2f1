/** Prepares the jobs of a batch like any other, some at a time, and submits them together. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import pLimit from 'p-limit';
import { currentTenant } from '../../../modules/access/index.js';
import {
  type Batch,
  Batches,
  batchLengthMax,
  BroughtFiles,
  type Prepared,
  WebhookIntake,
} from '../../../modules/jobs/index.js';
import { Fault } from '../../../platform/fault.js';
import { inOneTurn } from '../../../platform/turns/index.js';
import { jsonOf } from '../../kit/index.js';
import { idempotencyOf } from '../jobs/idempotency.js';
import { JobSubmissions } from '../jobs/job-submissions.js';
import { readSubmission } from '../jobs/read-submission.js';
import { type Member, readBatch } from './read-batch.js';

const preparedAtOnce = 8;

@Injectable()
export class BatchSubmissions {
  constructor(
    @Inject(Batches) private readonly batches: Batches,
    @Inject(JobSubmissions) private readonly submissions: JobSubmissions,
    @Inject(WebhookIntake) private readonly webhooks: WebhookIntake,
  ) {}

  /** Faults: those of a submit with the place of the job that has them, queue_full, conflict, payload_too_large. */
  async submit(request: FastifyRequest<{ Body: Buffer | undefined }>, baseUrl: string): Promise<Batch> {
    const { members, common } = readBatch(await jsonOf(request.body ?? ''));
    const tenantId = currentTenant(common.tenant);
    const idempotency = await idempotencyOf(request, 'batch');
    const before = await this.batches.submittedBefore({ tenantId, idempotency });
    if (before) return before;
    const webhook = await this.webhooks.take(common.webhook, baseUrl);
    const jobs = await this.prepareAll(members, tenantId, baseUrl);
    return this.batches.submit({ tenantId, idempotency, jobs, webhook });
  }

  private async prepareAll(
    members: readonly Member[],
    tenantId: string,
    baseUrl: string,
  ): Promise<Prepared[]> {
    const limit = pLimit(preparedAtOnce);
    const brought = new BroughtFiles();
    let textLength = 0;
    const prepare = async (member: Member, no: number): Promise<Prepared> => {
      try {
        const prepared = await this.prepare(member, { tenantId, baseUrl, brought });
        textLength += textLengthOf(prepared);
        if (textLength > batchLengthMax) throw tooLarge;
        return prepared;
      } catch (error) {
        limit.clearQueue();
        throw at(member.pointer, no, error);
      }
    };
    return Promise.all(members.map(async (member, no) => limit(async () => prepare(member, no))));
  }

  private async prepare(
    { raw }: Member,
    { tenantId, baseUrl, brought }: { tenantId: string; baseUrl: string; brought: BroughtFiles },
  ): Promise<Prepared> {
    const read = await inOneTurn(() => readSubmission(raw()));
    const { tenant = tenantId, reuse } = read.order;
    if (reuse !== undefined) throw new Fault('unprocessable', 'the jobs of a batch are its own: no reuse');
    if (tenant !== tenantId) throw new Fault('unprocessable', 'all jobs of a batch are of one tenant');
    const common = await this.submissions.common({ ...read.order, tenant }, baseUrl);
    return this.submissions.prepare(read, common, brought);
  }
}

const tooLarge = new Fault(
  'payload_too_large',
  `The jobs of a batch hold ${batchLengthMax} characters together at most.`,
);

const textLengthOf = ({ work: { input } }: Prepared): number =>
  [input.graph, input.params, input.extraData].reduce((sum, text) => sum + (text?.length ?? 0), 0);

type Entry = Readonly<Record<string, unknown>>;

/** The same fault, with its place in the body, and the number of the job where the body has one job for many. */
function at(pointer: string, no: number, error: unknown): unknown {
  if (!(error instanceof Fault) || error === tooLarge || error.retryAfterSeconds !== undefined) return error;
  const entries: Entry[] = Array.isArray(error.details) ? (error.details as Entry[]) : [{}];
  const details = entries.map(({ pointer: inner = '', detail, message, ...more }) => ({
    ...more,
    pointer: `${pointer}${String(inner)}`,
    job: no,
    detail: detail ?? message ?? error.message,
  }));
  return new Fault(error.code, error.message, details, { cause: error });
}
