/**
 * Edits pictures of at most 16 million pixels for the mask editor. Each in a thread of its own, since it may take
 * seconds; few at once, since each takes hundreds of megabytes.
 */
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Fault } from '../../../platform/fault.js';
import type { Edit, Edited } from '../domain/picture-edit.js';
import { FilesService } from '../files.service.js';

const fileBytesMax = 64 * 1024 * 1024;
const editTimeoutMs = 60_000;
const waitingMax = 64;

@Injectable()
export class PicturesService {
  private readonly turns = pLimit(2);

  constructor(@Inject(FilesService) private readonly files: FilesService) {}

  /** The hash of the PNG. Faults: `invalid_request` for pictures that cannot be edited, `queue_full`. */
  async withAlphaOf(originalSha256: string, maskSha256: string): Promise<string> {
    const png = await this.edit(async () => {
      const [original, mask] = [await this.read(originalSha256), await this.read(maskSha256)];
      return { kind: 'mask', original, mask };
    });
    return this.files.keep(
      (async function* () {
        yield png;
      })(),
    );
  }

  /** As a PNG. Faults: as `withAlphaOf`. */
  async channelOf(sha256: string, kind: 'rgb' | 'alpha'): Promise<Uint8Array> {
    return this.edit(async () => ({ kind, picture: await this.read(sha256) }));
  }

  private async edit(read: () => Promise<Edit>): Promise<Uint8Array> {
    if (this.turns.pendingCount >= waitingMax)
      throw new Fault('queue_full', 'Too many pictures are being edited');
    const result = await this.turns(async () => inThread(await read()));
    if ('fault' in result) throw new Fault('invalid_request', result.fault);
    return result.png;
  }

  private async read(sha256: string): Promise<Uint8Array> {
    return buffer(await this.files.open(sha256, { start: 0, end: fileBytesMax - 1 }));
  }
}

async function inThread(edit: Edit): Promise<Edited> {
  const worker = new Worker(new URL('picture.worker.js', import.meta.url), { workerData: edit });
  try {
    const [edited] = (await once(worker, 'message', { signal: AbortSignal.timeout(editTimeoutMs) })) as [
      Edited,
    ];
    return edited;
  } finally {
    await worker.terminate();
  }
}
