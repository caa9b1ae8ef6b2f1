/**
 * A row of the registry as it may be worked with. The database may hold what no door would let in today: written by an
 * older version, restored, or by hand. Such a row makes its own node unusable, with a reason, and no other.
 */
import { z } from 'zod';
import { readNodeUrl } from '../../../platform/config/index.js';
import { nodeWeight } from '../domain/index.js';

const idMaxLength = 512;
const labelMaxLength = 1024;
const labels = z.record(z.string().max(labelMaxLength), z.string().max(labelMaxLength));

/** Why a row cannot be used, as a sentence; undefined when it can. */
export function mistakeIn(row: {
  id: string;
  url: string;
  weight: number;
  labels: unknown;
}): string | undefined {
  const url = readNodeUrl(row.url);
  if ('mistake' in url) return `its address ${url.mistake}`;
  if (!isName(row.id)) return `its name is longer than ${idMaxLength} characters or holds control characters`;
  if (!nodeWeight.safeParse(row.weight).success) return 'its weight is not a number from 0 to 100';
  return labels.safeParse(row.labels).success ? undefined : 'its labels are not names with texts';
}

/** As far as they are labels. */
export function labelsIn(value: unknown): Record<string, string> {
  return labels.safeParse(value).data ?? {};
}

const isName = (id: string): boolean => id.length <= idMaxLength && /^[^\p{Cc}]+$/u.test(id);
