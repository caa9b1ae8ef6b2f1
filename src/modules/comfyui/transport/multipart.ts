/** A multipart body that streams: the file is never held in memory. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

export interface MultipartFile {
  fields: Record<string, string>;
  /** Name of the file part. */
  name: string;
  filename: string;
  content: AsyncIterable<Uint8Array> | Uint8Array;
  /** Known size gives a Content-Length; without it the body is chunked. */
  sizeBytes?: number | undefined;
}

export class MultipartBody {
  readonly headers: Record<string, string>;
  /** What reading the content threw: the caller's own storage failed, not the node. */
  contentError: unknown;
  readonly #head: Buffer;
  readonly #tail: Buffer;

  constructor(private readonly file: MultipartFile) {
    const boundary = `----${randomUUID()}`;
    this.#head = Buffer.from(headOf(boundary, file));
    this.#tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    const sizeBytes = file.content instanceof Uint8Array ? file.content.byteLength : file.sizeBytes;
    this.headers = {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(sizeBytes !== undefined && {
        'content-length': String(this.#head.length + sizeBytes + this.#tail.length),
      }),
    };
  }

  /** Frees what the content holds open, also when no byte of it was asked for. */
  release(): void {
    if (this.file.content instanceof Readable) this.file.content.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    yield this.#head;
    try {
      if (this.file.content instanceof Uint8Array) yield this.file.content;
      else yield* this.file.content;
    } catch (error) {
      this.contentError = error;
      throw error;
    }
    yield this.#tail;
  }
}

function headOf(boundary: string, { fields, name, filename }: MultipartFile): string {
  const parts = Object.entries(fields).map(
    ([key, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${escape(key)}"\r\n\r\n${value}\r\n`,
  );
  const disposition = `form-data; name="${escape(name)}"; filename="${escape(filename)}"`;
  return `${parts.join('')}--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`;
}

// As browsers do: these three would end the quoted text or the header line.
function escape(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
