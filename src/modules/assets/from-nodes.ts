/** Files as nodes send them, and whose trouble it is when they break off. */
import type { Readable } from 'node:stream';
import { Fault } from '../../platform/fault.js';
import { ComfyCallError, type ComfyClient } from '../comfyui/index.js';

/** A body that breaks off is the node's fault, told apart from a storage or database that fails. */
export async function* fromNode(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new ComfyCallError('ambiguous', 'GET /view: the file broke off', { cause });
  }
}

/** Undefined when the node does not have the file or does not answer: another one may. */
export async function openInput(
  client: ComfyClient,
  name: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const slash = name.lastIndexOf('/');
  const reference = {
    filename: name.slice(slash + 1),
    subfolder: slash < 0 ? '' : name.slice(0, slash),
    type: 'input',
  };
  try {
    return sentToItsEnd((await client.view(reference)).body);
  } catch (error) {
    if (error instanceof ComfyCallError) return undefined;
    throw error;
  }
}

/** A transfer that breaks off is the node's trouble, not the database's, which fails with the same socket errors. */
async function* sentToItsEnd(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new Fault('no_node_available', 'The node that has this file did not send it.', undefined, {
      cause,
    });
  }
}
