import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ServerContext } from '../../execution/server-context.js';
import { media } from '../../media/media-pool.js';
import { isFolderKind, isInside, splitAnnotation } from '../../state/folders.js';
import { PyError } from '../../wire/convert.js';
import { str } from '../../wire/repr.js';
import { parseJson } from '../../wire/json-parse.js';
import { isDict } from '../../wire/values.js';
import { bare, json, type Reply, type Request } from '../message.js';
import type { Route } from '../router.js';

export const uploadRoutes = (context: ServerContext): Route[] => [
  {
    method: 'POST',
    path: '/upload/image',
    handle: (request) => upload(context, request, async (bytes, file) => writeFileSync(file, bytes)),
  },
  {
    method: 'POST',
    path: '/upload/mask',
    handle: (request) =>
      upload(context, request, (bytes, file, form) => saveMask(context, bytes, file, form)),
  },
];

type Save = (bytes: Buffer, file: string, form: FormData) => Promise<void>;

async function upload({ folders }: ServerContext, request: Request, save: Save): Promise<Reply> {
  const form = await formOf(request);
  const kind = form.get('type') ?? 'input';
  if (typeof kind !== 'string' || !isFolderKind(kind))
    throw new PyError('AttributeError', 'no such directory');
  const image = form.get('image');
  if (!(image instanceof File) || image.name === '') return bare(400);
  const subfolder = textPart(form, 'subfolder') ?? '';
  const base = folders.of(kind);
  const folder = path.resolve(base, subfolder);
  if (!isInside(base, path.resolve(folder, image.name))) return bare(400);
  mkdirSync(folder, { recursive: true });
  const bytes = Buffer.from(await image.arrayBuffer());
  const overwrite = form.get('overwrite') === 'true' || form.get('overwrite') === '1';
  const target = overwrite ? { name: image.name, isDuplicate: false } : freeName(folder, image.name, bytes);
  if (!target.isDuplicate) await save(bytes, path.join(folder, target.name), form);
  return json({ name: target.name, subfolder, type: kind });
}

async function formOf(request: Request): Promise<FormData> {
  const body = await request.body();
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  try {
    return await new Response(new Uint8Array(body), { headers }).formData();
  } catch {
    return new FormData();
  }
}

function textPart(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** Equal bytes under a name taken: that name again. Different bytes: `a (1).png`, `a (2).png`, … */
export function freeName(
  folder: string,
  name: string,
  bytes: Buffer,
): { name: string; isDuplicate: boolean } {
  const { name: stem, ext } = path.parse(name);
  let candidate = name;
  for (let index = 1; existsSync(path.join(folder, candidate)); index += 1) {
    if (hash(readFileSync(path.join(folder, candidate))) === hash(bytes))
      return { name: candidate, isDuplicate: true };
    candidate = `${stem} (${index})${ext}`;
  }
  return { name: candidate, isDuplicate: false };
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The upload's alpha on the original. A refused or missing original writes nothing, yet the answer is 200. */
async function saveMask(
  { folders }: ServerContext,
  bytes: Buffer,
  file: string,
  form: FormData,
): Promise<void> {
  const reference = parseJson(textPart(form, 'original_ref') ?? '');
  if (!isDict(reference) || typeof reference.get('filename') !== 'string')
    throw new PyError('KeyError', "'filename'");
  const { name, kind } = splitAnnotation(reference.get('filename') as string);
  const type = kind ?? str(reference.get('type') ?? 'output');
  if (name === '' || name.startsWith('/') || name.includes('..') || !isFolderKind(type)) return;
  const original = folders.find(type, path.join(str(reference.get('subfolder') ?? ''), name));
  if (original === undefined) return;
  await media.run('replaceAlpha', { originalPath: original, mask: bytes, path: file });
}
