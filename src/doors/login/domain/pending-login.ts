/** A login that was begun at this service and is to be ended by the provider's answer, as its browser keeps it: sealed. */
import { z } from 'zod';

/** How long people may take at the provider. */
export const pendingForMs = 600_000;

const schema = z.object({
  /** Nothing else that is sealed is taken for one. */
  kind: z.literal('pending login'),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where the provider sends the browser. */
  callback: z.url(),
  /** Where one goes on afterwards. */
  to: z.string(),
  /** By the clock of the database. */
  endsAtMs: z.number(),
});

export type PendingLogin = Omit<z.infer<typeof schema>, 'kind'>;

export const writePending = (pending: PendingLogin): string =>
  JSON.stringify({ kind: 'pending login', ...pending });

/** Of a text that was sealed here. Undefined for something else, and for one that has ended. */
export function readPending(text: string, nowMs: number): PendingLogin | undefined {
  const read = schema.safeParse(JSON.parse(text));
  return read.success && nowMs < read.data.endsAtMs ? read.data : undefined;
}
