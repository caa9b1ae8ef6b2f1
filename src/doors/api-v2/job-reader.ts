/** Reads jobs for this door: the view that every door has, with ids for its outputs and the latest progress. */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isInCurrentReach } from '../../modules/access/index.js';
import { AssetRecords } from '../../modules/assets/index.js';
import { isJsonObject, storedObject } from '../../modules/comfyui/index.js';
import { type JobOutput, JobPages, JobsService, type JobView, Outlooks } from '../../modules/jobs/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { parseUrl } from '../../platform/outside-text/index.js';
import { publicBaseUrl } from '../kit/index.js';
import { type JobDocument, type JobReading, jobDocument } from './documents/job-document.js';
import { type Progress, progressOf } from './domain/progress.js';
import { RunBoard } from './live/run-board.js';

const graphsMax = 1_000;
const mintedMax = 10_000;
const nothing: ReadonlyMap<string, string> = new Map();

@Injectable()
export class JobReader {
  private readonly classes = new Map<string, ReadonlyMap<string, string>>();
  /** BLAKE3 of outputs that have their records: an ended job is read often, and written once. */
  private readonly minted = new Map<string, ReadonlyMap<number, string>>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(Outlooks) private readonly outlooks: Outlooks,
    @Inject(AssetRecords) private readonly records: AssetRecords,
    @Inject(RunBoard) private readonly board: RunBoard,
    @Inject(JobPages) private readonly pages: JobPages,
  ) {}

  baseUrl(request: FastifyRequest): string {
    return publicBaseUrl(this.config.PUBLIC_URL, request);
  }

  async document(view: JobView, baseUrl: string): Promise<JobDocument> {
    return this.shown(await this.reading(view), baseUrl);
  }

  /** All that a document needs of the record and of the run, whoever asks and by whichever name. */
  async reading(view: JobView): Promise<JobReading> {
    const assetIds = new Map(view.outputs.map(({ index }) => [index, outputAssetId(view.id, index)]));
    const [attempts, outlook, progress, hashes] = await Promise.all([
      this.jobs.attempts(view),
      this.outlooks.of(view),
      this.progress(view),
      this.minting(view, assetIds),
    ]);
    return { view, attempts, outlook, progress, assetIds, hashes };
  }

  shown(reading: JobReading, baseUrl: string): JobDocument {
    const basePath = (parseUrl(baseUrl)?.pathname ?? '').replace(/\/$/, '');
    const retentionDays = this.config.RETENTION_DAYS;
    return jobDocument({ ...reading, baseUrl, basePath, retentionDays, now: new Date() });
  }

  private async progress(view: JobView): Promise<Progress | null> {
    if (view.finishedAt) {
      this.board.forget(view.id);
      return null;
    }
    const facts = this.board.look(view.id);
    // Whoever runs the jobs of others sees how far they are, and not what they are made of.
    const classes = isInCurrentReach('content', view) ? await this.classesOf(view.id) : nothing;
    return progressOf(facts, view.progress ?? 0, classes);
  }

  private async classesOf(jobId: string): Promise<ReadonlyMap<string, string>> {
    const known = this.classes.get(jobId);
    if (known) return known;
    const graph = await this.graphOf(jobId);
    if (graph === null) return nothing;
    const classes = new Map(
      Object.entries(graph).map(([id, node]) => [id, isJsonObject(node) ? String(node.class_type) : '']),
    );
    if (this.classes.size >= graphsMax) this.classes.clear();
    this.classes.set(jobId, classes);
    return classes;
  }

  /** The graph that the job runs, as it was stored; null when it is not kept any more. */
  private async graphOf(jobId: string): Promise<Record<string, unknown> | null> {
    const text = await this.pages.graphText(jobId);
    return text === null ? null : storedObject(text, { numbers: 'plain' });
  }

  /** Each replica makes the same ids, so that whoever comes first writes them for all. Answers their hashes. */
  private async minting(
    { id: jobId, tenantId, outputs, finishedAt }: JobView,
    ids: ReadonlyMap<number, string>,
  ): Promise<ReadonlyMap<number, string>> {
    if (outputs.length === 0 || !finishedAt) return new Map();
    const known = this.minted.get(jobId);
    if (known) return known;
    const hashes = await this.mint({ jobId, tenantId }, outputs, ids);
    if (this.minted.size >= mintedMax) this.minted.clear();
    this.minted.set(jobId, hashes);
    return hashes;
  }

  private async mint(
    { jobId, tenantId }: { jobId: string; tenantId: string },
    outputs: readonly JobOutput[],
    ids: ReadonlyMap<number, string>,
  ): Promise<ReadonlyMap<number, string>> {
    const records = outputs.map((output) => ({
      id: ids.get(output.index) ?? '',
      ordinal: output.index,
      sha256: output.sha256,
      filePath: output.filename,
      contentType: output.mime,
      sizeBytes: output.sizeBytes,
    }));
    return this.records.mintOutputs(tenantId, jobId, records);
  }
}

/** A UUID of version 8 out of the job and the output's place in it. */
export function outputAssetId(jobId: string, index: number): string {
  const hash = createHash('sha256').update(`${jobId}/${index}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
