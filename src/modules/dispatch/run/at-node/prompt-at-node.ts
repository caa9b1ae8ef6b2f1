/** One prompt at its node: posting it, asking what became of it, ending it. */
import {
  type ComfyClient,
  ComfyCallError,
  type Fate,
  type HistoryEntry,
  type QueueReading,
  readFate,
} from '../../../comfyui/index.js';
import type { NodeMonitor } from '../../../nodes/index.js';
import { close } from '../../domain/attempt/step.js';
import type { PreparedPrompt, Refusal } from '../prompt.js';

export interface Posting extends PreparedPrompt {
  promptId: string;
  clientId: string;
  /** By `performance.now()`: no byte leaves later. */
  deadlineMs: number;
}

export type Posted =
  | { kind: 'accepted'; number: number }
  /** It is not there, and will not be. */
  | Refusal
  /** It may be there, or arrive later. */
  | { kind: 'unknown'; error: ComfyCallError };

export async function postPrompt(
  client: ComfyClient,
  { promptId, clientId, text, extraData, deadlineMs }: Posting,
): Promise<Posted> {
  try {
    const answer = await client.postPrompt({
      promptId,
      clientId,
      promptText: text,
      extraData,
      deadlineMs,
    });
    if (answer.kind === 'accepted') return { kind: 'accepted', number: answer.number };
    if (answer.queued) await client.withdraw([promptId]);
    return {
      ...close(answer.rejection.kind, answer.rejection.message),
      details: answer.rejection.nodeErrors,
    };
  } catch (error) {
    if (!(error instanceof ComfyCallError)) throw error;
    return error.kind === 'not_sent' ? close('not_sent', error.message) : { kind: 'unknown', error };
  }
}

/** A run that is over, and nobody learns how. */
export type Untold = 'unreadable' | 'too_large';

export const isUntold = (fate: unknown): fate is Untold => fate === 'unreadable' || fate === 'too_large';

/**
 * The queue first: a prompt that finishes between the two reads is then found in the history, and one that is still
 * listed needs no second read. `unreadable`: it has ended, and the node answers 500 to the question how, as it does for
 * ever when an output cannot be serialised. `too_large`: it has ended, and the node tells more of it than is read. Throws ComfyCallError.
 *
 * With `endHeard` its end alone is read first: what the history shows is final. Only what it does not show takes both reads. `readQueue`
 * may answer with a reading that began after the prompt was there.
 */
export async function readFateAt(
  client: ComfyClient,
  promptId: string,
  endHeard = false,
  readQueue: () => Promise<QueueReading> = async () => client.queue(),
): Promise<Fate | Untold> {
  const ended = endHeard ? await historyOf(client, promptId) : undefined;
  if (isUntold(ended)) return ended;
  if (ended) return readFate({ queue: { running: [], pending: [] }, history: ended }, promptId);
  const queue = await readQueue();
  const listed = readFate({ queue, history: undefined }, promptId);
  if (listed.kind !== 'absent') return listed;
  const history = await historyOf(client, promptId);
  return isUntold(history) ? history : readFate({ queue, history }, promptId);
}

async function historyOf(client: ComfyClient, promptId: string): Promise<HistoryEntry | undefined | Untold> {
  try {
    return await client.history(promptId);
  } catch (error) {
    if (error instanceof ComfyCallError && error.status === 500) return 'unreadable';
    if (error instanceof ComfyCallError && error.kind === 'too_large') return 'too_large';
    throw error;
  }
}

/** To be repeated until the prompt has ended: a node loses an interrupt sent just as a prompt starts. Throws ComfyCallError. */
export async function interruptPrompt(
  { client, capabilities }: NodeMonitor,
  promptId: string,
): Promise<void> {
  if (capabilities?.atomicCancel && (await client.cancelJob(promptId)) !== 'unsupported') return;
  // An old node kills whatever runs; its queue has just shown that to be ours.
  await client.interrupt(promptId, capabilities ?? { targetedInterrupt: false }, { allowGlobal: true });
}
