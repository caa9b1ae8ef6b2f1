/** Brings the results of jobs where their callers want them. What it throws is tried again later; the job does not depend on it. */
import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import { type Counter, Registry } from 'prom-client';
import { Fault } from '../../platform/fault.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { OutgoingError } from '../../platform/outgoing/index.js';
import { Storage } from '../../platform/storage/index.js';
import { type JobOutput, JobsService } from '../jobs/index.js';
import { DeliveriesStore } from './deliveries.store.js';
import type { FileDelivery, Try } from './delivery.js';
import { fileNameOf, withEnding } from './domain/file-name.js';
import { FilePlaces, type FileToBring } from './file-places.js';
import { ConversionError, convertedPicture, isConverted } from './picture-conversion.js';
import { resultCounter, resultOf } from './tries.js';

/** What is gone, or says that it never takes this, is not asked again. */
const finalStatuses = new Set([400, 401, 403, 404, 405, 410, 413, 415]);

@Injectable()
export class FileSender {
  private readonly results: Counter<'result'>;

  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(FilePlaces) private readonly places: FilePlaces,
    @Inject(Registry) registry: Registry,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.results = resultCounter(
      registry,
      'comfymux_deliveries_total',
      'Tries to bring a result to its place',
    );
  }

  async deliver(id: string, { isLast }: { isLast: boolean }): Promise<void> {
    const delivery = await this.deliveries.findFile(id);
    if (!delivery) return;
    const view = await this.jobs.get(delivery.jobId);
    const output = view?.outputs[delivery.ordinal];
    const made = output
      ? await this.send(delivery, output)
      : { status: null, reason: 'the job, or its result, was forgotten', isLast: true };
    const tried = { ...made, isLast: isLast || made.isLast };
    await this.deliveries.noteTry(id, tried);
    this.note(delivery, tried);
    if (tried.reason !== null && !tried.isLast) throw new Error(tried.reason);
  }

  private async send({ wish, ordinal }: FileDelivery, output: JobOutput): Promise<Try> {
    try {
      const status = await this.places.bring(wish, await this.fileOf(output, ordinal, wish.convert));
      if (status === null || (status >= 200 && status < 300)) return { status, reason: null, isLast: true };
      return { status, reason: `the receiver answered ${status}`, isLast: finalStatuses.has(status) };
    } catch (error) {
      return { status: null, reason: reasonOf(error), isLast: isFinal(error) };
    }
  }

  private async fileOf(
    output: JobOutput,
    ordinal: number,
    convert: FileDelivery['wish']['convert'],
  ): Promise<FileToBring> {
    const { jobId, filename, mime, sha256, sizeBytes } = output;
    if (!convert || !isConverted(mime)) {
      const body = await this.storage.get(sha256);
      return { name: fileNameOf(jobId, ordinal, filename), ordinal, body, sizeBytes, mime };
    }
    const bytes = async (): Promise<Buffer> => buffer(await this.storage.get(sha256));
    const body = await convertedPicture({ sizeBytes, bytes }, convert);
    const name = fileNameOf(jobId, ordinal, withEnding(filename, convert.format));
    return { name, ordinal, body, sizeBytes: body.byteLength, mime: `image/${convert.format}` };
  }

  private note({ id, jobId, ordinal, tries }: FileDelivery, tried: Try): void {
    const { reason, isLast } = tried;
    this.results.inc({ result: resultOf(tried) });
    const entry = { job: jobId, delivery: id, output: ordinal, tried: tries + 1 };
    if (reason === null) this.log.debug(entry, 'a result was brought to its place');
    else this.log.warn({ ...entry, reason, isLast }, 'a result could not be brought to its place');
  }
}

/** Told to the caller, whose place it is. */
const reasonOf = (error: unknown): string =>
  error instanceof OutgoingError || error instanceof ConversionError || error instanceof Fault
    ? error.message
    : `the place did not take it: ${error instanceof Error ? error.name : 'unknown'}`;

/** A place that was closed since, a picture that is none, a file that is gone: the same at every try. */
const isFinal = (error: unknown): boolean => error instanceof ConversionError || error instanceof Fault;
