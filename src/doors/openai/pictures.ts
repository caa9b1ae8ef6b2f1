/** Runs a workflow as often as pictures are wanted, waits for them, and hands them out as the client likes. */
import type { EventEmitter } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { currentTenant } from '../../modules/access/index.js';
import { AssetsService } from '../../modules/assets/index.js';
import { type JobOutput, JobsService, type JobView } from '../../modules/jobs/index.js';
import { openPicture } from '../../platform/pictures/index.js';
import { OutputLinks } from '../kit/index.js';
import { OpenAiError } from './domain/errors.js';
import { nameOf } from './domain/model-inputs.js';
import { type Order, Submissions } from './submissions.js';

/** The SDKs give up after ten minutes. */
const patienceMs = 590_000;
const picturesMax = 10;
const pictureBytesMax = 64 * 1024 * 1024;
/** A large one takes hundreds of megabytes. */
const twoAtATime = pLimit(2);

export type PictureFormat = 'png' | 'jpeg' | 'webp';

export interface PictureWish {
  count: number;
  /** Undefined leaves what the workflow made. */
  format: PictureFormat | undefined;
}

@Injectable()
export class Pictures {
  constructor(
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  /** As many as asked for. When the client goes, or one of its jobs fails, what still runs for it is cancelled. */
  async make(order: Order, { count }: PictureWish, socket: EventEmitter): Promise<JobOutput[]> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    socket.once('close', leave);
    const ids: string[] = [];
    try {
      for (const { asked, no } of runsOf(order, count))
        ids.push(await this.submissions.submit({ ...order, asked, no }));
      const views = await Promise.all(ids.map(async (id) => this.ended(id, gone.signal)));
      return views.flatMap(({ outputs }) => outputs.filter(isPicture)).slice(0, count);
    } catch (error) {
      for (const id of ids) await this.jobs.cancel(id);
      throw error;
    } finally {
      socket.off('close', leave);
    }
  }

  async base64(output: JobOutput, format: PictureFormat | undefined): Promise<string> {
    if (output.sizeBytes > pictureBytesMax)
      throw new OpenAiError(500, 'The picture is too large to be sent as base64: ask for a URL.');
    return twoAtATime(async () => {
      const bytes = await buffer(await this.assets.open(output.sha256));
      if (format === undefined || output.mime === `image/${format}`) return bytes.toString('base64');
      const picture = await openPicture(bytes);
      return (await picture.toFormat(format).toBuffer()).toString('base64');
    });
  }

  url(output: JobOutput, baseUrl: string): string {
    return this.links.below(baseUrl)(output, currentTenant());
  }

  private async ended(id: string, signal: AbortSignal): Promise<JobView> {
    const view = await this.jobs.waitForEnd(id, { timeoutMs: patienceMs, signal });
    if (view === null) throw new OpenAiError(504, 'The pictures were not ready in time.', null, 'timeout');
    if (view.state === 'succeeded') return view;
    throw new OpenAiError(
      500,
      view.error?.message ?? `The job was ${view.state}.`,
      null,
      view.error?.code ?? view.state,
    );
  }
}

const isPicture = ({ mime, type }: JobOutput): boolean => mime.startsWith('image/') && type === 'output';

/** One run makes several where the workflow can; else each picture is a job, with a seed of its own. */
function runsOf({ model, asked }: Order, count: number): { asked: Order['asked']; no: number }[] {
  if (!Number.isInteger(count) || count < 1 || count > picturesMax)
    throw new OpenAiError(400, `n must be an integer from 1 to ${picturesMax}.`, 'n');
  const batch = nameOf(model.definition.manifest, model.place, 'count');
  if (batch === undefined || count === 1) return Array.from({ length: count }, (_, no) => ({ asked, no }));
  return [{ asked: { ...asked, fields: new Map([...asked.fields, [batch, count]]) }, no: 0 }];
}
