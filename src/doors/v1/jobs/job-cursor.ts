/** Where a page of the list of jobs ended: the time and the id of its last job. Opaque to callers. */
import type { JobPlace } from '../../../modules/jobs/index.js';

export const cursorPattern = /^\d{1,15}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const cursorOf = ({ createdAt, id }: JobPlace): string => `${createdAt.getTime()}-${id}`;

/** `cursor` fits the pattern. */
export function readCursor(cursor: string): JobPlace {
  const dash = cursor.indexOf('-');
  return { createdAt: new Date(Number(cursor.slice(0, dash))), id: cursor.slice(dash + 1) };
}
