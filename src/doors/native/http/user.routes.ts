/** The web UI's own state: `/settings`, `/users`, `/userdata`. */
import { to } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, stringifyJson } from '../../../modules/comfyui/index.js';
import { cleanFolder } from '../domain/file-reference.js';
import { JsonText, respaced } from '../../../modules/comfyui/domain/index.js';
import { type UserFile, type UserPlace, UserDataStore } from '../user-data.store.js';
import { bodyJson, sendJson, sendNothing, sendText, textParameter } from './answers.js';
import { callerOf } from './caller.js';
import { both } from './routes.js';

const settingsBytesMax = 1024 * 1024;

@Injectable()
export class UserRoutes {
  constructor(@Inject(UserDataStore) private readonly store: UserDataStore) {}

  register(app: FastifyInstance): void {
    both(app, ['GET', '/users', to('read', 'storage')], (_request, reply) =>
      sendJson(reply, { storage: 'server', migrated: true }),
    );
    both(app, ['GET', '/settings', to('read', 'storage')], async (request, reply) =>
      this.settings(request, reply),
    );
    both(app, ['GET', '/settings/:id', to('read', 'storage')], async (request, reply) =>
      this.setting(request, reply),
    );
    both(app, ['POST', '/settings', to('change', 'storage')], async (request, reply) =>
      this.save(request, reply),
    );
    both(app, ['POST', '/settings/:id', to('change', 'storage')], async (request, reply) =>
      this.save(request, reply),
    );
    both(app, ['GET', '/userdata', to('read', 'storage')], async (request, reply) =>
      this.list(request, reply),
    );
    both(app, ['GET', '/v2/userdata', to('read', 'storage')], async (request, reply) =>
      this.tree(request, reply),
    );
    both(app, ['GET', '/userdata/:file', to('read', 'storage')], async (request, reply) =>
      this.read(request, reply),
    );
    both(app, ['POST', '/userdata/:file', to('change', 'storage')], async (request, reply) =>
      this.write(request, reply),
    );
    both(app, ['DELETE', '/userdata/:file', to('change', 'storage')], async (request, reply) =>
      this.remove(request, reply),
    );
    both(app, ['POST', '/userdata/:file/move/:dest', to('change', 'storage')], async (request, reply) =>
      this.move(request, reply),
    );
  }

  private async settings(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const settings = await this.store.settings(placeOf(request));
    // The web UI reads them when it opens. Who keeps nothing has nothing to be forgotten.
    if (settings.size > 0) await this.store.noteUse(ownerOf(request));
    return sendJson(reply, new Map([...settings].map(([key, value]) => [key, new JsonText(value)])));
  }

  private async setting(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const value = (await this.store.settings(placeOf(request))).get(parameter(request, 'id') ?? '');
    return sendJson(reply, value === undefined ? null : new JsonText(value));
  }

  private async save(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const id = parameter(request, 'id');
    const isLarge = Buffer.isBuffer(request.body) && request.body.length > settingsBytesMax;
    const body = isLarge ? undefined : await bodyJson(request, 'lossless');
    const changes = id === undefined ? body : { [id]: body };
    if (body === undefined || !isJsonObject(changes))
      return sendText(reply, 'Settings must be a JSON object of at most 1 MiB', 400);
    const values = Object.entries(changes).map(
      ([key, value]) => [key, respaced(stringifyJson(value)).text] as const,
    );
    await this.store.saveSettings(ownerOf(request), new Map(values));
    return sendNothing(reply);
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { query } = request;
    const folder = cleanFolder(textParameter(query, 'dir') ?? '');
    if (textParameter(query, 'dir') === undefined) return sendText(reply, 'Directory not provided', 400);
    if (folder === undefined) return sendNothing(reply, 403);
    const all = await this.store.list(placeOf(request), folder);
    if (all.length === 0) return sendText(reply, 'Directory not found', 404);
    const isFlat = textParameter(query, 'recurse') !== 'true';
    const files = all.map((file) => ({
      ...file,
      path: file.path.slice(folder === '' ? 0 : folder.length + 1),
    }));
    const listed = isFlat ? files.filter(({ path }) => !path.includes('/')) : files;
    if (textParameter(query, 'full_info') === 'true') return sendJson(reply, listed.map(fileInfo));
    return sendJson(
      reply,
      listed.map(({ path }) =>
        textParameter(query, 'split') === 'true' ? [path, ...path.split('/')] : path,
      ),
    );
  }

  /** Files and folders right below a folder. */
  private async tree(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const folder = cleanFolder(textParameter(request.query, 'path') ?? '');
    if (folder === undefined) return sendNothing(reply, 403);
    const start = folder === '' ? 0 : folder.length + 1;
    const entries = new Map<string, unknown>();
    for (const file of await this.store.list(placeOf(request), folder)) {
      const [name = '', ...rest] = file.path.slice(start).split('/');
      const path = file.path.slice(0, start + name.length);
      entries.set(
        name,
        rest.length > 0 ? { name, path, type: 'directory' } : { name, ...fileInfo(file), type: 'file' },
      );
    }
    return sendJson(reply, [...entries.values()]);
  }

  private async read(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const path = cleanFolder(parameter(request, 'file') ?? '');
    if (!path) return sendNothing(reply, 403);
    const body = await this.store.read(placeOf(request), path);
    if (body === null) return sendNothing(reply, 404);
    const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
    return reply.header('content-type', type).header('x-content-type-options', 'nosniff').send(body);
  }

  private async write(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const path = cleanFolder(parameter(request, 'file') ?? '');
    if (!path) return sendNothing(reply, 403);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const written = await this.store.write(ownerOf(request), path, body, overwrites(request));
    return this.answerWritten(request, reply, written);
  }

  private async remove(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const path = cleanFolder(parameter(request, 'file') ?? '');
    if (!path) return sendNothing(reply, 403);
    return sendNothing(reply, (await this.store.remove(placeOf(request), path)) ? 204 : 404);
  }

  private async move(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const [from, into] = ['file', 'dest'].map((name) => cleanFolder(parameter(request, name) ?? ''));
    if (!from || !into) return sendNothing(reply, 403);
    const written = await this.store.move(ownerOf(request), { from, into }, overwrites(request));
    if (written === 'missing') return sendNothing(reply, 404);
    return this.answerWritten(request, reply, written);
  }

  private answerWritten(request: FastifyRequest, reply: FastifyReply, file: UserFile | null): unknown {
    if (file === null) return sendText(reply, 'File already exists', 409);
    return sendJson(reply, textParameter(request.query, 'full_info') === 'true' ? fileInfo(file) : file.path);
  }
}

const placeOf = (request: FastifyRequest): string => callerOf(request).place;
const ownerOf = (request: FastifyRequest): UserPlace => ({
  place: placeOf(request),
  tenantId: request.caller.principal.tenantId,
});
const parameter = ({ params }: FastifyRequest, name: string): string | undefined =>
  (params as Record<string, string | undefined>)[name];
const overwrites = ({ query }: FastifyRequest): boolean => textParameter(query, 'overwrite') !== 'false';

const fileInfo = ({ path, sizeBytes, modifiedAtMs, createdAtMs }: UserFile) => ({
  path,
  size: sizeBytes,
  modified: Math.floor(modifiedAtMs),
  created: Math.floor(createdAtMs),
});
