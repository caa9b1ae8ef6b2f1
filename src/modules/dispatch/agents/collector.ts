/** Brings a finished run's files from its node into storage, streaming, so that results outlive the node. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import { AssetsService } from '../../assets/index.js';
import {
  type ComfyClient,
  ComfyCallError,
  containerFormat,
  isVideoFile,
  listOutputFiles,
  type OutputFile,
  type Settled,
} from '../../comfyui/index.js';
import type { NewOutput } from '../../jobs/index.js';

const tries = 5;
const firstPauseMs = 500;

export type Collected = { kind: 'collected'; outputs: NewOutput[] } | { kind: 'failed'; message: string };

@Injectable()
export class Collector {
  constructor(@Inject(AssetsService) private readonly assets: AssetsService) {}

  /**
   * Every file of the run, or none: five tries each with growing pauses. Throws when aborted, and when the fault is ours
   * (database, storage): then the run is not to be repeated, but its collection.
   */
  async collect(client: ComfyClient, settled: Settled, signal: AbortSignal): Promise<Collected> {
    const outputs: NewOutput[] = [];
    for (const file of listOutputFiles(settled.outputs)) {
      const collected = await this.collectFile(client, file, signal);
      if (typeof collected === 'string') return { kind: 'failed', message: `${file.filename}: ${collected}` };
      outputs.push(collected);
    }
    return { kind: 'collected', outputs };
  }

  private async collectFile(
    client: ComfyClient,
    file: OutputFile,
    signal: AbortSignal,
  ): Promise<NewOutput | string> {
    let reason = '';
    for (let tried = 0; tried < tries; tried += 1) {
      if (tried > 0) await sleep(firstPauseMs * 2 ** (tried - 1), undefined, { signal });
      try {
        return newOutput(file, await this.assets.collectOutput(client, file, { signal }));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ComfyCallError || error instanceof Fault)) throw error;
        reason = error.message;
      }
    }
    return reason;
  }
}

function newOutput(file: OutputFile, stored: { sha256: string; sizeBytes: number; mime: string }): NewOutput {
  return {
    nodeId: file.nodeId,
    key: file.key,
    filename: file.filename,
    subfolder: file.subfolder,
    type: file.type,
    container: containerFormat(file.filename) ?? '',
    isVideo: isVideoFile(file.filename),
    mime: stored.mime,
    sha256: stored.sha256,
    sizeBytes: stored.sizeBytes,
    raw: file.raw,
  };
}
