/** What a result is called where it is brought: the same however often it is sent, so that no repetition makes a second file. */
import type { PictureFormat } from '../../jobs/index.js';

const nameCharsMax = 150;

/** `{job}/{place among its outputs}-{name}`: plain characters alone, whatever the node called it. */
export function fileNameOf(jobId: string, ordinal: number, name: string): string {
  const plain = name.replaceAll(/[^\w.-]/g, '_').slice(-nameCharsMax);
  return `${jobId}/${ordinal}-${plain}`;
}

const ending = { webp: '.webp', jpeg: '.jpg', png: '.png' } satisfies Record<PictureFormat, string>;

export const withEnding = (name: string, format: PictureFormat): string =>
  `${name.replace(/\.\w{1,8}$/, '')}${ending[format]}`;
