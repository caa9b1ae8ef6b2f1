/**
 * Embeddings (textual inversions) that texts name, as ComfyUI's text encoders read them: `embedding:NAME` at the beginning of a text or
 * bracket, behind a space or a line break; the name ends at white space or a bracket, and neither its weight nor commas around it belong
 * to it. No schema lists them: every node has one list of its own, which stands in its inventory as that of a class which no graph has.
 */
import { isPause, type Steps } from '../../../comfyui/domain/index.js';
import { forwardSlashes } from './file-choice.js';

const marker = 'embedding:';
export const embeddingList = { class: marker, input: 'name' } as const;

const textLengthMax = 1_000_000;
const namesMax = 100;
/** A bracket behind a backslash is a character of the name. */
const mention =
  /(?<=^|[ \n]|(?<!\\)[()])embedding:\s{0,100}((?:\\[()]|[^\s()\\]|\\(?![()])){1,300})(?=(\)?))/g;
const weight = /:[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})$/;

/** As requirements name them: `embedding:NAME`, with `/`. */
export function* embeddingsSteps(text: string): Steps<string[]> {
  // The search itself takes its time: each character of an Eastern text may begin with the byte that the marker begins with.
  const searched = text.slice(0, textLengthMax);
  if (!searched.includes(marker)) return [];
  const names = new Set<string>();
  let looked = 0;
  for (const [, written = '', bracket] of searched.matchAll(mention)) {
    if (names.size >= namesMax) break;
    if (isPause(looked++)) yield undefined;
    const name = nameOf(bracket === ')' ? written.replace(weight, '') : written);
    if (name !== '') names.add(`${marker}${name}`);
  }
  return [...names];
}

/** `value` is what `embeddingsSteps` says; `file` a path in the folder of a node. A name may leave out the ending, and the folders before it. */
export function isEmbeddingFile(file: string, value: string): boolean {
  const path = `/${forwardSlashes(file)}`;
  const wanted = `/${value.slice(marker.length)}`;
  return path.endsWith(wanted) || path.replace(/\.(?:safetensors|pt|bin)$/, '').endsWith(wanted);
}

/** Without the commas around it, and the colon of a weight that stood behind a space. */
function nameOf(written: string): string {
  const path = forwardSlashes(written.replaceAll(/\\([()])/g, '$1'));
  let [from, to] = [0, path.length];
  while (path[from] === ',') from += 1;
  while (to > from && ',:'.includes(path.charAt(to - 1))) to -= 1;
  return path.slice(from, to);
}
