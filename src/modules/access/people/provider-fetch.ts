/** How an OpenID provider is asked: what it answers is read here, as far as such an answer can go. */

const answerBytesMax = 1_048_576;
/** They have no body, and a `Response` refuses to be given one. */
const withoutBody = new Set([204, 205, 304]);

/** As `fetch`, with the body in memory. Throws a `TypeError`, as `fetch` does, for one of more than a megabyte. */
export async function providerFetch(address: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(address, init);
  const { status, headers } = answer;
  const body = await bytesOf(answer);
  return new Response(withoutBody.has(status) ? null : body, { status, headers });
}

async function bytesOf({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > answerBytesMax) throw new TypeError(`the answer has more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
