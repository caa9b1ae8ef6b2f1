import { fileTypeFromBuffer } from 'file-type';
import { mimeOfName, unknownMime } from './domain/media-types.js';
import type { HeadCheck } from './head-check.js';

const magicBytes = 4_100;

/** Finds the media type of a node's file: its extension, which the node chose, then its bytes, then what the node said. */
export class OutputCheck implements HeadCheck {
  readonly firstLookBytes = magicBytes;
  readonly maxHeadBytes = magicBytes;
  mime = unknownMime;

  constructor(
    private readonly filename: string,
    private readonly contentType: string | undefined,
  ) {}

  isEnough(): boolean {
    return true;
  }

  async check(head: Uint8Array): Promise<void> {
    const named = mimeOfName(this.filename);
    const said = this.contentType?.split(';')[0]?.trim();
    this.mime = named ?? (await fileTypeFromBuffer(head))?.mime ?? said ?? unknownMime;
  }
}
