/** Uploads into storage, results and inputs out of it: `/upload/image`, `/upload/mask`, `/view`. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { answerRange, fileHeaders, servedFile, shownAs, to } from '../../kit/index.js';
import { ComfyCallError, type ComfyClient, isJsonObject } from '../../../modules/comfyui/index.js';
import { readPictureWish } from '../domain/picture-query.js';
import { cleanFolder, type FileReference, linkedFileOf, readViewQuery } from '../domain/file-reference.js';
import { FilesService } from '../files.service.js';
import type { StoredFile } from '../record/native.store.js';
import { PicturesService } from '../pictures/pictures.service.js';
import { sendJson, sendNothing, tryJson } from './answers.js';
import { callerOf } from './caller.js';
import { both } from './routes.js';
import { readUpload, type Upload } from './upload.reader.js';

interface Edited {
  picture: Buffer;
  format: 'png' | 'webp' | 'jpeg';
}

@Injectable()
export class FileRoutes {
  constructor(
    @Inject(FilesService) private readonly files: FilesService,
    @Inject(PicturesService) private readonly pictures: PicturesService,
  ) {}

  register(app: FastifyInstance): void {
    both(app, ['POST', '/upload/image', to('change', 'storage')], async (request, reply) =>
      this.upload(request, reply, async ({ sha256 }) => sha256),
    );
    both(app, ['POST', '/upload/mask', to('change', 'storage')], async (request, reply) =>
      this.upload(request, reply, async (upload) => this.masked(request, upload)),
    );
    const opensBy = { link: linkedFileOf };
    both(app, ['GET', '/view', to('read', 'content'), { opensBy }], async (request, reply) =>
      this.view(request, reply),
    );
    // VideoHelperSuite would start ffmpeg at a node for each; the player takes the file as it is.
    for (const path of ['/vhs/viewvideo', '/viewvideo', '/vhs/viewaudio'])
      both(app, ['GET', path, to('read', 'content')], async (request, reply) => this.view(request, reply));
  }

  private async upload(
    request: FastifyRequest,
    reply: FastifyReply,
    content: (upload: Upload) => Promise<string | null>,
  ): Promise<unknown> {
    const upload = await readUpload(request, async (stream) => this.files.keep(stream));
    if (upload === null) return sendNothing(reply, 400);
    const { type = 'input', subfolder = '', overwrite } = upload.fields;
    if (type !== 'input' && type !== 'temp' && type !== 'output')
      throw new Fault('invalid_request', 'type must be input, temp or output');
    const folder = cleanFolder(subfolder);
    if (folder === undefined || upload.filename.includes('..')) return sendNothing(reply, 400);
    const sha256 = await content(upload);
    const file: Omit<FileReference, 'jobId'> = { filename: upload.filename, subfolder: folder, type };
    const replaces = overwrite === 'true' || overwrite === '1';
    // A mask without its original writes nothing, and the answer is the same.
    const name =
      sha256 === null
        ? upload.filename
        : await this.files.keepUpload(callerOf(request), file, sha256, replaces);
    return sendJson(reply, { name, subfolder, type });
  }

  private async masked(request: FastifyRequest, { sha256, fields }: Upload): Promise<string | null> {
    const reference = tryJson(fields.original_ref ?? '');
    if (!isJsonObject(reference)) throw new Fault('invalid_request', 'original_ref must be a JSON object');
    const original = readViewQuery(reference);
    const stored = typeof original === 'number' ? null : await this.files.find(callerOf(request), original);
    return stored && this.pictures.withAlphaOf(stored.sha256, sha256);
  }

  private async view(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const file = readViewQuery(request.query as Record<string, unknown>);
    if (typeof file === 'number') return sendNothing(reply, file);
    const caller = callerOf(request);
    const isByLink = request.caller.principal.kind === 'link';
    const stored = await (isByLink ? this.files.linked(file) : this.files.find(caller, file));
    if (stored) return this.serveStored(request, reply, stored);
    const client = isByLink ? undefined : await this.files.nodeWith(caller, file);
    return client ? streamFrom(client, file, request, reply) : sendNothing(reply, 404);
  }

  /** Undefined for the file as it is: nothing else is asked for, or a preview cannot be made of it. */
  private async edited(query: unknown, { sha256, mime }: StoredFile): Promise<Edited | undefined> {
    const wish = readPictureWish(query as Record<string, unknown>);
    const isPreview = wish?.kind === 'preview';
    if (!wish || (isPreview && !mime.startsWith('image/'))) return undefined;
    try {
      return { picture: await this.pictures.as(sha256, wish), format: isPreview ? wish.format : 'png' };
    } catch (error) {
      if (error instanceof Fault && isPreview) return undefined;
      throw error;
    }
  }

  private async serveStored(
    request: FastifyRequest,
    reply: FastifyReply,
    stored: StoredFile,
  ): Promise<FastifyReply> {
    const edited = await this.edited(request.query, stored);
    if (!edited) return this.serve(request, reply, stored);
    return reply
      .headers(fileHeaders)
      .header('content-type', `image/${edited.format}`)
      .header(
        'content-disposition',
        shownAs({ filename: stored.filename, mime: 'image/png' }, '').disposition,
      )
      .send(edited.picture);
  }

  private async serve(
    request: FastifyRequest,
    reply: FastifyReply,
    stored: StoredFile,
  ): Promise<FastifyReply> {
    await answerRange(request, reply, servedFile(stored, ''), async (range) =>
      this.files.open(stored.sha256, range),
    );
    return reply;
  }
}

const passedHeaders = ['content-length', 'content-range', 'etag', 'last-modified', 'accept-ranges'];

/** Of a file that is only at its node still. */
async function streamFrom(
  client: ComfyClient,
  file: FileReference,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { filename, subfolder, type } = file;
  const { range } = request.headers;
  const query = new URLSearchParams({ filename, subfolder, type }).toString();
  try {
    const answer = await client.pass({
      pathAndQuery: `/view?${query}`,
      headers: range === undefined ? {} : { range },
    });
    request.raw.once('close', () => answer.body.destroy());
    for (const name of passedHeaders)
      if (answer.headers[name] !== undefined) void reply.header(name, answer.headers[name]);
    const shown = shownAs({ filename, mime: answer.headers['content-type'] ?? '' }, '');
    void reply
      .headers(fileHeaders)
      .headers({ 'content-type': shown.contentType, 'content-disposition': shown.disposition });
    return reply.code(answer.status).send(answer.body);
  } catch (error) {
    if (error instanceof ComfyCallError) return sendNothing(reply, 404);
    throw error;
  }
}
