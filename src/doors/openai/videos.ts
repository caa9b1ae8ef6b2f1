/** Videos as jobs of this door: what each was asked to be stands in its labels and inputs. */
import { Inject, Injectable } from '@nestjs/common';
import { storedObject } from '../../modules/comfyui/index.js';
import { type JobOutput, JobPages, JobsService, type JobView } from '../../modules/jobs/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { DeletedVideos } from './deleted-videos.store.js';
import { OpenAiError } from './domain/errors.js';
import { type Asked, modelInputs, nameOf, secondsOf, sizeTold } from './domain/model-inputs.js';
import { jobIdOf, type VideoDocument, videoDocument, videoId } from './domain/video-document.js';
import { door, Submissions } from './submissions.js';

const label = 'openai.object';
const labels = { object: label, model: 'openai.model', size: 'openai.size', seconds: 'openai.seconds' };
const promptLabel = 'openai.prompt-input';
const modelLengthMax = 255;

@Injectable()
export class Videos {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(DeletedVideos) private readonly deleted: DeletedVideos,
  ) {}

  async create(asked: Asked, key: string | undefined): Promise<VideoDocument> {
    const model = await this.submissions.model(asked.fields.get('model'), ['video']);
    const { manifest } = model.definition;
    const { inputs } = modelInputs(manifest, model.place, asked);
    const told = {
      [labels.object]: 'video',
      [labels.model]: model.name.slice(0, modelLengthMax),
      [labels.size]: sizeTold(manifest, model.place, inputs) ?? '',
      [labels.seconds]: String(secondsOf(manifest, model.place, inputs) ?? ''),
      [promptLabel]: nameOf(manifest, model.place, 'prompt') ?? '',
    };
    const id = await this.submissions.submit({ model, name: model.name, asked, labels: told, key });
    return this.document(await this.required(id));
  }

  async get(id: string): Promise<VideoDocument> {
    return this.document(await this.required(jobIdOf(id)));
  }

  /** Newest first, or oldest of them first. `after` is the id of the last one of the page before. */
  async list({ limit, after }: { limit: number; after: string | undefined }) {
    const last = after === undefined ? undefined : await this.required(jobIdOf(after));
    const places = await this.pages.page({
      limit: limit + 1,
      labels: { [label]: 'video' },
      ...(last && { after: { id: last.id, createdAt: last.createdAt } }),
    });
    const page = places.slice(0, limit);
    const deleted = await this.deleted.among(page.map(({ id }) => id));
    const data: VideoDocument[] = [];
    for (const { id } of page) {
      const view = deleted.has(id) ? null : await this.jobs.get(id);
      if (view) data.push(await this.document(view));
    }
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    return { object: 'list', data, ...ends, has_more: places.length > limit };
  }

  async remove(id: string) {
    const view = await this.required(jobIdOf(id));
    await this.jobs.cancel(view.id);
    await this.deleted.add(view.id);
    return { id: videoId(view.id), object: 'video.deleted', deleted: true };
  }

  /** The film of a finished job. Throws OpenAiError while there is none. */
  async content(id: string): Promise<JobOutput> {
    const view = await this.required(jobIdOf(id));
    const films = view.outputs.filter(({ isVideo, mime }) => isVideo || mime.startsWith('video/'));
    const film = films.find(({ type }) => type === 'output') ?? films[0];
    if (film) return film;
    throw new OpenAiError(
      view.finishedAt === null ? 409 : 404,
      view.finishedAt === null ? 'The video is not ready yet.' : 'The video failed: it has no content.',
      'video_id',
    );
  }

  private async required(jobId: string): Promise<JobView> {
    const view = await this.jobs.get(jobId);
    if (
      view?.door === door &&
      view.labels?.[label] === 'video' &&
      (await this.deleted.among([jobId])).size === 0
    )
      return view;
    throw new OpenAiError(
      404,
      `Video with id '${videoId(jobId).slice(0, 100)}' not found.`,
      'video_id',
      'not_found',
    );
  }

  private async document(view: JobView): Promise<VideoDocument> {
    const told = view.labels ?? {};
    const facts = {
      model: told[labels.model] ?? view.workflow ?? '',
      size: told[labels.size] ?? '',
      seconds: told[labels.seconds] ?? '',
      prompt: await this.promptOf(view, told[promptLabel] ?? ''),
    };
    return videoDocument(view, facts, this.config.RETENTION_DAYS);
  }

  private async promptOf({ id }: JobView, input: string): Promise<string | null> {
    const text = input === '' ? null : await this.pages.inputsText(id);
    const inputs = text === null ? null : await storedObject(text, { numbers: 'plain' });
    const prompt = inputs?.[input];
    return typeof prompt === 'string' ? prompt : null;
  }
}
