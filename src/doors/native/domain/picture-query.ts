/** How a `/view` query wants its picture: ComfyUI's `preview` and `channel`. */
export type PictureWish =
  | { kind: 'preview'; format: 'webp' | 'jpeg'; quality: number; opaque: boolean }
  | { kind: 'rgb' }
  | { kind: 'alpha' };

/** Undefined for the file as it is. */
export function readPictureWish(query: Record<string, unknown>): PictureWish | undefined {
  const channel = typeof query.channel === 'string' ? query.channel : '';
  if (typeof query.preview === 'string') return previewOf(query.preview, channel);
  if (channel === 'rgb') return { kind: 'rgb' };
  return channel === 'a' ? { kind: 'alpha' } : undefined;
}

/** `webp;90`, `jpeg;75`, `jpeg`, `80`: what is not understood is WebP of quality 90. */
function previewOf(preview: string, channel: string): PictureWish {
  const parts = preview.split(';');
  const last = parts.at(-1) ?? '';
  // JPEG has no alpha to show.
  const format = parts[0] === 'jpeg' && !channel.includes('a') ? 'jpeg' : 'webp';
  const quality = /^\d{1,3}$/.test(last) ? Math.min(100, Math.max(1, Number(last))) : 90;
  return { kind: 'preview', format, quality, opaque: format === 'jpeg' || channel === 'rgb' };
}
