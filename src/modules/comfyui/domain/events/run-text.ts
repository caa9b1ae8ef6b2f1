/** A run in its node's own words, cut out of the text of its history entry. */
import { splitJsonObject } from '../json/json-split.js';

export interface RunText {
  outputs: string;
  messages: string;
  meta: string;
}

/** `execution_error` can quote whole tensors. */
const lengthMax = 8 * 1024 * 1024;

/** `text` is the answer of `/history/{promptId}`. Undefined for one that is too long to keep. */
export function runTextOf(text: string, promptId: string): RunText | undefined {
  const entry = splitJsonObject(splitJsonObject(text)?.get(promptId) ?? '');
  const status = splitJsonObject(entry?.get('status') ?? '');
  const run = {
    outputs: entry?.get('outputs') ?? '{}',
    messages: status?.get('messages') ?? '[]',
    meta: entry?.get('meta') ?? '{}',
  };
  return run.outputs.length + run.messages.length + run.meta.length > lengthMax ? undefined : run;
}
