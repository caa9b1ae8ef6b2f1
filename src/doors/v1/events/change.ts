/** One thing that happened, as frames of `text/event-stream`. */
import type { About, EventType, Wanted } from './wanted.js';

/** Streams that are told the same: of equal filters, under one address of ours, with one key. */
export interface Audience {
  key: string;
  wanted: Wanted;
  baseUrl: string;
  /** Of the key that its readers show. */
  keyId: string | null;
}

export interface Change {
  type: EventType;
  /** Of two changes with one key a reader who is late is told the newer alone. */
  key: string;
  about: About;
  frame: (audience: Audience) => string;
}

/** `of` makes the body; it is asked once for all audiences of one address, and of one `differs` where that is given. */
export function change(
  what: Pick<Change, 'type' | 'key' | 'about'>,
  of: (audience: Audience) => unknown,
  {
    event = what.type,
    differs = () => '',
  }: { event?: string; differs?: (audience: Audience) => string } = {},
): Change {
  const made = new Map<string, string>();
  const frame = (audience: Audience): string => {
    const key = `${audience.baseUrl} ${differs(audience)}`;
    const known = made.get(key) ?? frameOf(event, of(audience));
    made.set(key, known);
    return known;
  };
  return { ...what, frame };
}

export const frameOf = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** An event without data: it is not dispatched, and the place to go on from is kept. */
export const placeOf = (atMs: number): string => `: still here\nid: ${Math.floor(atMs)}\n\n`;

/** Milliseconds since 1970 by the clock of the database; undefined for what is no id of ours. */
export function readPlace(id: string | undefined): number | undefined {
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}
