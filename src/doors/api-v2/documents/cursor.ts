/** Where a page of jobs ended, as text for the client. */
import { validate as isUuid } from 'uuid';

export interface Place {
  createdAt: Date;
  id: string;
}

export const writeCursor = ({ createdAt, id }: Place): string =>
  Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');

/** Undefined for what this server never gave. */
export function readCursor(text: string): Place | undefined {
  const [time = '', id = '', ...rest] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  if (rest.length > 0 || !/^\d{1,15}$/.test(time) || !isUuid(id)) return undefined;
  return { createdAt: new Date(Number(time)), id };
}
