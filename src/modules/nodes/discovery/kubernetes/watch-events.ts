/** The events of a watch: JSON documents, one a line, cut into chunks anywhere. */
import { z } from 'zod';
import { errorOf } from './api.js';

/** Above the largest object that Kubernetes keeps. */
const lineMax = 16 * 1024 * 1024;

const metadata = z.looseObject({ name: z.string().optional(), resourceVersion: z.string() });
const watchEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']),
    object: z.looseObject({ metadata }),
  }),
  z.object({ type: z.literal('ERROR'), object: z.unknown() }),
]);

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: { metadata: { name?: string | undefined; resourceVersion: string } };
}

/** Ends with the watch; throws the error that the server tells in it. */
export async function* eventsIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(body)) {
    const event = watchEvent.parse(JSON.parse(line));
    if (event.type === 'ERROR') throw errorOf(500, JSON.stringify(event.object));
    yield event;
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    parts[0] = rest + (parts[0] ?? '');
    rest = parts.pop() ?? '';
    if (rest.length > lineMax) throw new Error('an event of a watch is too long');
    for (const part of parts) if (part.trim() !== '') yield part;
  }
  if (rest.trim() !== '') throw new Error('a watch broke off within an event');
}
