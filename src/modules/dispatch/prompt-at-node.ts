/** What a node says of one prompt, and how it is asked to end one. Both throw ComfyCallError. */
import { type ComfyClient, ComfyCallError, type Fate, type HistoryEntry, readFate } from '../comfyui/index.js';
import type { NodeMonitor } from '../nodes/index.js';

/**
 * The queue first: a prompt that finishes between the two reads is then found in the history, and one that is still
 * listed needs no second read. `unreadable`: it has ended, and the node answers 500 to the question how, as it does for
 * ever when an output cannot be serialised.
 */
export async function readFateAt(client: ComfyClient, promptId: string): Promise<Fate | 'unreadable'> {
  const queue = await client.queue();
  const listed = readFate({ queue, history: undefined }, promptId);
  if (listed.kind !== 'absent') return listed;
  const history = await historyOf(client, promptId);
  return history === 'unreadable' ? history : readFate({ queue, history }, promptId);
}

async function historyOf(client: ComfyClient, promptId: string): Promise<HistoryEntry | undefined | 'unreadable'> {
  try {
    return await client.history(promptId);
  } catch (error) {
    if (error instanceof ComfyCallError && error.status === 500) return 'unreadable';
    throw error;
  }
}

/** To be repeated until the prompt has ended: a node loses an interrupt sent just as a prompt starts. */
export async function interruptPrompt({ client, capabilities }: NodeMonitor, promptId: string): Promise<void> {
  if (capabilities?.atomicCancel && (await client.cancelJob(promptId)) !== 'unsupported') return;
  // An old node kills whatever runs; its queue has just shown that to be ours.
  await client.interrupt(promptId, capabilities ?? { targetedInterrupt: false }, { allowGlobal: true });
}
