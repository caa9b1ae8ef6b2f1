/**
 * Brings the files of a job here, whatever way its caller gave them: what is left names each by its SHA-256. A file that cannot be
 * had refuses the job before it exists.
 */
import { currentTenant } from '../../access/index.js';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { Buckets } from '../../../platform/storage/index.js';
import { type Accepted, AssetsService, UrlFiles } from '../../assets/index.js';
import { NodesService } from '../../nodes/index.js';
import {
  isMedia,
  type MediaInput,
  type MediaType,
  type ReadMedia,
  readMedia,
  type WorkflowDefinition,
} from '../../workflows/index.js';
import { BroughtFiles } from '../domain/brought-files.js';
import { JobsStore } from '../record/reading/jobs.store.js';
import { piecesOf, readBase64, readDataUri } from './inline-files.js';

/** What a file of this type must be. */
export const acceptedTypes: Record<MediaType, Accepted> = {
  image: 'image',
  mask: 'image',
  video: 'video',
  audio: 'audio',
  file: 'any',
};
/** What a named input cannot have is told as the workflow's own faults are. */
const unfit = 'the inputs do not fit the workflow';

export interface WorkflowFiles {
  /** Hears of the inputs before anything is fetched. */
  check: (inputs: Record<string, unknown>) => void;
  /** By other jobs of the same request. */
  brought?: BroughtFiles | undefined;
}

@Injectable()
export class InputFiles {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(UrlFiles) private readonly urls: UrlFiles,
    @Inject(Buckets) private readonly buckets: Buckets,
    @Inject(JobsStore) private readonly jobs: JobsStore,
    @Inject(NodesService) private readonly nodes: NodesService,
  ) {}

  /**
   * The inputs with `{asset: sha256}` for every file. `check` hears of them before anything is fetched, with a stand-in for each
   * file. Fault unprocessable, by the name of the input.
   */
  async inWorkflow(
    { manifest }: WorkflowDefinition,
    inputs: Record<string, unknown>,
    { check, brought = new BroughtFiles() }: WorkflowFiles,
  ): Promise<Record<string, unknown>> {
    const read = filesIn(manifest, inputs);
    // Without files there is nothing to be spared by an early refusal.
    if (read.length === 0) return inputs;
    check(withStandIns(inputs, read));
    const files: Record<string, unknown> = {};
    for (const { name, type, media } of read) {
      const accept = acceptedTypes[type];
      const bring = async (): Promise<string> => this.named(name, media, accept);
      files[name] = { asset: await brought.once(inputs[name], accept, bring) };
    }
    return { ...inputs, ...files };
  }

  /** The SHA-256 of a file that is in storage. Fault unprocessable. */
  async take(media: MediaInput, accept: Accepted): Promise<string> {
    if ('asset' in media) return this.known(media.asset);
    if ('url' in media) return (await this.urls.take(media.url, accept, currentTenant())).sha256;
    if ('output' in media) return this.outputOf(media.output);
    if ('file' in media) return this.uploaded(media.file);
    if ('s3' in media) return this.stored(await this.buckets.open(media.s3), accept);
    const inline = 'base64' in media ? readBase64(media.base64, media.mime) : readDataUri(media.dataUri);
    if (!inline)
      throw new Fault('unprocessable', 'The file in the request is not valid base64 or data: URI.');
    return this.stored(Readable.from(piecesOf(inline.bytes)), accept, inline.mime);
  }

  /** The newest upload of this name. */
  async upload(name: string): Promise<{ sha256: string } | null> {
    return this.assets.findUpload(name, currentTenant());
  }

  private async named(field: string, media: MediaInput, accept: Accepted): Promise<string> {
    try {
      return await this.take(media, accept);
    } catch (error) {
      if (!(error instanceof Fault) || !refusals.has(error.code)) throw error;
      throw new Fault('unprocessable', unfit, [faultOf(field, error.message)], { cause: error });
    }
  }

  private async known(sha256: string): Promise<string> {
    // In this order: whether others have the file cannot be told by how long the refusal takes.
    if ((await this.jobs.mayUse(sha256)) && (await this.assets.find(sha256))) return sha256;
    throw new Fault('unprocessable', 'There is no such asset: upload it first');
  }

  private async uploaded(name: string): Promise<string> {
    const maxBytes = this.config.MAX_UPLOAD_BYTES;
    const found =
      (await this.assets.findUpload(name, currentTenant())) ??
      (isPlainName(name) ? await this.assets.adoptInput(this.nodes.clients(), name, maxBytes) : null);
    if (found) return found.sha256;
    throw new Fault('unprocessable', 'There is no file of this name: upload it first');
  }

  private async outputOf({ job, name }: { job: string; name?: string | undefined }): Promise<string> {
    const outputs = (await this.jobs.find(job))?.outputs ?? [];
    const found = outputs.find(
      ({ filename, subfolder, nodeId }) =>
        name === undefined || [filename, `${subfolder}/${filename}`, nodeId].includes(name),
    );
    if (found) return found.sha256;
    throw new Fault('unprocessable', 'There is no such job, or it has no output of this name');
  }

  private async stored(source: Readable, accept: Accepted, declaredMime?: string): Promise<string> {
    const maxBytes = this.config.MAX_UPLOAD_BYTES;
    try {
      return (
        await this.assets.storeUpload(source, { maxBytes, accept, declaredMime, owner: currentTenant() })
      ).sha256;
    } finally {
      source.destroy();
    }
  }
}

/** The inputs with something in place of each file. Fault unprocessable for what is none, by the name of the input. */
export const standIns = (
  { manifest }: WorkflowDefinition,
  inputs: Record<string, unknown>,
): Record<string, unknown> => withStandIns(inputs, filesIn(manifest, inputs));

type NamedFile = { name: string; type: MediaType } & Extract<ReadMedia, { ok: true }>;

function filesIn(manifest: WorkflowDefinition['manifest'], inputs: Record<string, unknown>): NamedFile[] {
  const read = Object.entries(manifest.inputs)
    .filter(([name, input]) => isMedia(input) && Object.hasOwn(inputs, name) && inputs[name] !== undefined)
    .map(([name, { type }]) => ({ name, type: type as MediaType, ...readMedia(inputs[name]) }));
  const wrong = read.flatMap((one) => (one.ok ? [] : [faultOf(one.name, one.message)]));
  if (wrong.length > 0) throw new Fault('unprocessable', unfit, wrong);
  return read.filter((one) => one.ok);
}

const withStandIns = (
  inputs: Record<string, unknown>,
  files: readonly NamedFile[],
): Record<string, unknown> => ({
  ...inputs,
  ...Object.fromEntries(files.map(({ name }) => [name, { asset: 'to come' }])),
});

const refusals = new Set<Fault['code']>([
  'unprocessable',
  'unsupported_media',
  'payload_too_large',
  'not_found',
]);

const faultOf = (field: string, message: string) => ({ field, reason: 'value' as const, message });

/** What may be asked of a node's input folder: no way out of it. */
const isPlainName = (name: string): boolean =>
  name.length <= 255 &&
  !name.includes('\0') &&
  !name.split(/[/\\]/).some((part) => part === '' || part === '..');
