/** What a file of a workflow's run carries: texts by key, as the server wrote them. */

/** Keys in lower case: `prompt` (API format) and `workflow` (UI format), both JSON. */
export type MediaTexts = Map<string, string>;

/** One reader of a container; undefined when the bytes are another's. Never throws for bytes. */
export type MediaReader = (bytes: Buffer, tools: MediaTools) => MediaTexts | undefined;

export interface MediaTools {
  /** Undoes zlib; undefined for what is no zlib or would grow over `maxBytes`. */
  inflate: (bytes: Buffer, maxBytes: number) => Buffer | undefined;
}

/** Larger texts are no workflow. */
export const textBytesMax = 16 * 1024 * 1024;
/** Chunks, boxes, frames and the like that are looked at before a reader gives up. */
export const partsMax = 10_000;

const kept = new Set(['prompt', 'workflow', 'comment']);

export function keep(texts: MediaTexts, key: string, text: string): void {
  const name = key.toLowerCase();
  if (kept.has(name) && text.length <= textBytesMax && !texts.has(name)) texts.set(name, text);
}

/** `key=value` or `key:value`. */
export function keepPair(texts: MediaTexts, pair: string, separator: '=' | ':'): void {
  const at = pair.indexOf(separator);
  if (at > 0 && at < 64) keep(texts, pair.slice(0, at), pair.slice(at + 1));
}
