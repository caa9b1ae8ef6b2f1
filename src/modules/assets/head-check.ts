/**
 * Passes a stream on unchanged once its first bytes were looked at.
 *
 * Guarantees: `check` runs exactly once, before any byte is passed on, with the first bytes of the stream (all of
 * them when it is short); at most `maxHeadBytes` and one chunk are held; what `check` throws ends the stream and
 * closes the source; small chunks cost no more than large ones, since the head is joined only when it has doubled.
 */
export interface HeadCheck {
  /** Whether `head` tells all that `check` wants to know. */
  isEnough(head: Uint8Array): boolean;
  check(head: Uint8Array): Promise<void>;
  firstLookBytes: number;
  maxHeadBytes: number;
}

export async function* checkHead(
  source: AsyncIterable<Uint8Array>,
  look: HeadCheck,
): AsyncIterable<Uint8Array> {
  const { firstLookBytes, maxHeadBytes } = look;
  let held: Uint8Array[] | undefined = [];
  let heldBytes = 0;
  let nextLookBytes = firstLookBytes;
  for await (const chunk of source) {
    if (held === undefined) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    heldBytes += chunk.byteLength;
    if (heldBytes < Math.min(nextLookBytes, maxHeadBytes)) continue;
    nextLookBytes = heldBytes * 2;
    const head = Buffer.concat(held);
    held = [head];
    if (heldBytes < maxHeadBytes && !look.isEnough(head)) continue;
    await look.check(head);
    held = undefined;
    yield head;
  }
  if (held === undefined) return;
  const head = Buffer.concat(held);
  await look.check(head);
  yield head;
}
