/**
 * Embeddings (textual inversions) that texts name, as ComfyUI's text encoders read them: `embedding:NAME` at the beginning of a text or
 * bracket, behind a space or a line break; the name ends at white space or a bracket, and neither its weight nor commas around it belong
 * to it. No schema lists them: every node has one list of its own, which stands in its inventory as that of a class which no graph has.
 */
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
export function embeddingsIn(text: string): string[] {
  if (!text.includes(marker)) return [];
  const mentions = text.slice(0, textLengthMax).matchAll(mention);
  const names = new Set<string>();
  for (const [, written = '', bracket] of mentions) {
    if (names.size >= namesMax) break;
    const name = nameOf(bracket === ')' ? written.replace(weight, '') : written);
    if (name !== '') names.add(`${marker}${name}`);
  }
  return [...names];
}

/** `value` is what `embeddingsIn` says; `file` a path in the folder of a node. A name may leave out the ending, and the folders before it. */
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
