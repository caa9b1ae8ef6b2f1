/** What a leader asks of a node's owner: to have files there before a job needs them. */
import { z } from 'zod';

export const inputsChannel = 'comfymux_inputs';
/** A notification holds 8,000 bytes. */
const filesMax = 64;

const inputOrder = z.object({
  owner: z.string(),
  nodeId: z.string(),
  files: z.array(z.string()).max(filesMax),
});

export interface InputOrder {
  owner: string;
  nodeId: string;
  /** Content hashes. */
  files: readonly string[];
}

export const writeInputOrder = ({ files, ...order }: InputOrder): string =>
  JSON.stringify({ ...order, files: files.slice(0, filesMax) });

export function readInputOrder(text: string): InputOrder | undefined {
  try {
    return inputOrder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
