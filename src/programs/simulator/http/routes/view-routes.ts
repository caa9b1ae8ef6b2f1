import { statSync, type BigIntStats } from 'node:fs';
import path from 'node:path';
import type { ServerContext } from '../../execution/server-context.js';
import { media } from '../../media/media-pool.js';
import { loadPicture } from '../../media/picture.js';
import { isFolderKind, isInside, splitAnnotation } from '../../state/folders.js';
import { PyError } from '../../wire/convert.js';
import { contentType } from '../content-type.js';
import { fileReply } from '../file-reply.js';
import { bare, type Reply, type Request } from '../message.js';
import type { Route } from '../router.js';

export const viewRoutes = (context: ServerContext): Route[] => [
  { method: 'GET', path: '/view', handle: (request) => view(context, request) },
];

async function view(context: ServerContext, request: Request): Promise<Reply> {
  const located = locate(context, request.query);
  if (typeof located === 'number') return bare(located);
  const stats = statSync(located, { bigint: true, throwIfNoEntry: false });
  if (stats?.isFile() !== true) return bare(404);
  const preview = request.query.get('preview');
  const channel = request.query.get('channel');
  if (preview !== null || channel === 'rgb' || channel === 'a') return reencoded(located, preview, channel);
  return plain(context, request, located, stats);
}

/** The file's path, or the status that refuses it. */
function locate({ folders }: ServerContext, query: URLSearchParams): string | number {
  const sent = query.get('filename');
  if (sent === null) return 404;
  const { name, kind } = splitAnnotation(sent);
  if (name === '' || name.startsWith('/') || name.includes('..')) return 400;
  const type = kind ?? query.get('type') ?? 'output';
  if (!isFolderKind(type)) return 400;
  const base = folders.of(type);
  const folder = path.resolve(base, (query.get('subfolder') ?? '').replaceAll('\\', '/'));
  return isInside(base, folder) ? path.join(folder, path.basename(name.replaceAll('\\', '/'))) : 403;
}

/** aiohttp sends header values as UTF-8; Node takes one character for each byte, and no control character in any. */
const disposition = (name: string): string =>
  `filename="${Buffer.from(name, 'utf8')
    .toString('latin1')
    .replaceAll(/\p{Cc}/gu, (byte) => (byte >= '\u0080' ? byte : '?'))}"`;

const dangerous = /\.(html?|xhtml|js|mjs|css)$/i;
const dangerousSince28 = /\.(html?|xhtml|js|mjs|css|svg|xml)$/i;

function plain({ features }: ServerContext, request: Request, file: string, stats: BigIntStats): Reply {
  const name = path.basename(file);
  const hardened = features.has('nosniffView');
  if (!(hardened ? dangerousSince28 : dangerous).test(name)) {
    return fileReply(request, file, stats, {
      'Content-Disposition': disposition(name),
      'Content-Type': contentType(name),
    });
  }
  const base = { 'Content-Disposition': disposition(name), 'Content-Type': 'application/octet-stream' };
  const extra = {
    'Content-Disposition': `attachment; ${disposition(name)}`,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
  return fileReply(request, file, stats, hardened ? { ...base, ...extra } : base);
}

/** Previews come as JPEG also where WebP was asked for: no WebP encoder is at hand. */
async function reencoded(file: string, preview: string | null, channel: string | null): Promise<Reply> {
  const picture = await loadPicture(file).catch(() => {
    throw new PyError('PIL.UnidentifiedImageError', 'cannot identify image file');
  });
  const headers = { 'Content-Disposition': disposition(path.basename(file)) };
  if (preview === null) {
    const thumbnail = channel === 'a' ? alphaOnly(picture.thumbnail) : picture.thumbnail;
    const body = await media.run('encodePng', { ...picture, thumbnail });
    return { status: 200, headers: { 'Content-Type': 'image/png', ...headers }, body };
  }
  const quality = Number(/;(\d+)$/.exec(preview)?.[1] ?? 90);
  const body = await media.run('encodeJpeg', { ...picture, quality });
  return { status: 200, headers: { 'Content-Type': 'image/jpeg', ...headers }, body };
}

function alphaOnly({ width, height, rgba }: { width: number; height: number; rgba: Uint8Array }) {
  return { width, height, rgba: rgba.map((value, at) => (at % 4 === 3 ? value : 0)) };
}
