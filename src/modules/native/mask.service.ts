/** Puts one picture's alpha on another, as the web UI's mask editor asks for. Pictures of at most 16 million pixels. */
import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { Fault } from '../../platform/fault.js';
import { FilesService } from './files.service.js';

interface Picture {
  width: number;
  height: number;
  data: Buffer;
}

const pixelsMax = 16_000_000;
const fileBytesMax = 64 * 1024 * 1024;

@Injectable()
export class MaskService {
  constructor(@Inject(FilesService) private readonly files: FilesService) {}

  /** The hash of the PNG. Fault invalid_request for pictures that are no PNG or JPEG, too large, or of unequal sizes. */
  async withAlphaOf(originalSha256: string, maskSha256: string): Promise<string> {
    const [original, mask] = [await this.read(originalSha256), await this.read(maskSha256)];
    if (original.width !== mask.width || original.height !== mask.height)
      throw new Fault('invalid_request', 'The mask has another size than its original');
    for (let at = 3; at < original.data.length; at += 4) original.data[at] = mask.data[at] ?? 255;
    const { width, height, data } = original;
    const png = PNG.sync.write(Object.assign(new PNG({ width, height }), { data }));
    return this.files.keep(
      (async function* () {
        yield png;
      })(),
    );
  }

  private async read(sha256: string): Promise<Picture> {
    const bytes = await buffer(await this.files.open(sha256, { start: 0, end: fileBytesMax - 1 }));
    try {
      if (bytes[0] === 0xff)
        return jpeg.decode(bytes, { maxResolutionInMP: pixelsMax / 1e6, formatAsRGBA: true });
      if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > pixelsMax) throw new Error('too large');
      return PNG.sync.read(bytes);
    } catch (cause) {
      throw new Fault(
        'invalid_request',
        'The picture cannot be read: PNG and JPEG of at most 16 million pixels are',
        undefined,
        { cause },
      );
    }
  }
}
