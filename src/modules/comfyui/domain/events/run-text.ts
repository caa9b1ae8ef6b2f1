/** A run in its node's own words, cut out of the text of its history entry. */
import { splitSteps } from '../json/json-split.js';
import type { Steps } from '../steps.js';

export interface RunText {
  outputs: string;
  messages: string;
  meta: string;
}

/** `execution_error` can quote whole tensors. */
const bytesMax = 5 * 1024 * 1024;

/** `text` is the answer of `/history/{promptId}`. Undefined for one that is too long to keep. */
export function* runTextSteps(text: string, promptId: string): Steps<RunText | undefined> {
  const entries = yield* splitSteps(text);
  const entry = yield* splitSteps(entries?.get(promptId) ?? '');
  const status = yield* splitSteps(entry?.get('status') ?? '');
  const run = {
    outputs: entry?.get('outputs') ?? '{}',
    messages: status?.get('messages') ?? '[]',
    meta: entry?.get('meta') ?? '{}',
  };
  const bytes = Object.values(run).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  return bytes > bytesMax ? undefined : run;
}
