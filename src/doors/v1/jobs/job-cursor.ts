/** Where a page of the list of jobs ended: the time and the id of its last job. Opaque to callers. */
import { z } from 'zod';
import type { JobPlace } from '../../../modules/jobs/index.js';

const cursorPattern = /^\d{1,15}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const cursorSchema = z
  .string()
  .regex(cursorPattern)
  .optional()
  .describe('`next_cursor` of the page before.');

/** Null where the page was not full: nothing is left. */
export function nextCursor(page: readonly JobPlace[], limit: number): string | null {
  return cursorOf((page.length === limit && page.at(-1)) || null);
}

export const cursorOf = (place: JobPlace | null): string | null =>
  place && `${place.createdAt.getTime()}-${place.id}`;

/** `cursor` fits the pattern. */
export function readCursor(cursor: string): JobPlace {
  const dash = cursor.indexOf('-');
  return { createdAt: new Date(Number(cursor.slice(0, dash))), id: cursor.slice(dash + 1) };
}
