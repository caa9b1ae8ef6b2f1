/** Edits pictures that are in storage: few at once, since each may take hundreds of megabytes. */
import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Fault } from '../../../platform/fault.js';
import type { PictureWish } from '../domain/picture-query.js';
import { FilesService } from '../files.service.js';
import { masked, pictureAs } from './picture-edit.js';

const fileBytesMax = 64 * 1024 * 1024;
const waitingMax = 64;
const unreadable = 'The picture cannot be read: PNG, JPEG, WebP and GIF of at most 40 million pixels are';

@Injectable()
export class PicturesService {
  private readonly turns = pLimit(2);

  constructor(@Inject(FilesService) private readonly files: FilesService) {}

  /** The hash of the PNG. Faults: `invalid_request` for pictures that cannot be edited, `queue_full`. */
  async withAlphaOf(originalSha256: string, maskSha256: string): Promise<string> {
    const png = await this.inTurn(async () =>
      readable(masked(await this.read(originalSha256), await this.read(maskSha256))),
    );
    if (!png) throw new Fault('invalid_request', 'The mask has another size than its original');
    return this.files.keep(
      (async function* () {
        yield png;
      })(),
    );
  }

  /** Faults: as `withAlphaOf`. */
  async as(sha256: string, wish: PictureWish): Promise<Buffer> {
    return this.inTurn(async () => readable(pictureAs(await this.read(sha256), wish)));
  }

  private async inTurn<T>(edit: () => Promise<T>): Promise<T> {
    if (this.turns.pendingCount >= waitingMax)
      throw new Fault('queue_full', 'Too many pictures are being edited');
    return this.turns(edit);
  }

  private async read(sha256: string): Promise<Buffer> {
    return buffer(await this.files.open(sha256, { start: 0, end: fileBytesMax - 1 }));
  }
}

async function readable<T>(edited: Promise<T>): Promise<T> {
  try {
    return await edited;
  } catch {
    throw new Fault('invalid_request', unreadable);
  }
}
