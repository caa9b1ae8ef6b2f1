/** One question to an OpenAI-compatible `chat/completions`, bounded in time and in what is read of the answer. */
import { request } from 'undici';
import { z } from 'zod';
import { withoutTrailing } from '../../../platform/outside-text/index.js';

/** As long as the original waited. */
const timeoutMs = 120_000;
const answerBytesMax = 1024 * 1024;

export interface ChatEndpoint {
  url: string;
  key: string;
  model: string;
}

export interface ChatQuestion {
  system: string;
  text: string;
  /** `data:` URI of a picture. */
  image: string | undefined;
  temperature: number;
  maxTokens: number;
}

/** The endpoint did not answer as it should. */
export class ChatCallError extends Error {
  override readonly name = 'ChatCallError';
}

/** It answered, and said nothing. */
export class ChatAnswerError extends Error {
  override readonly name = 'ChatAnswerError';
}

const answerSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().min(1) }) })).min(1),
});

/** Throws ChatCallError and ChatAnswerError. */
export async function ask(endpoint: ChatEndpoint, question: ChatQuestion): Promise<string> {
  const { status, text } = await post(endpoint, JSON.stringify(bodyOf(endpoint, question)));
  if (status !== 200) throw new ChatCallError(`HTTP ${status}`);
  const answer = answerSchema.safeParse(parsed(text));
  const content = answer.data?.choices[0]?.message.content;
  if (content === undefined) throw new ChatAnswerError('no choices[0].message.content');
  return content;
}

async function post({ url, key }: ChatEndpoint, body: string): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(`${withoutTrailing(url, '/')}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > answerBytesMax) throw new ChatCallError('the answer is too long');
      chunks.push(chunk);
    }
    return { status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') };
  } catch (cause) {
    if (cause instanceof ChatCallError) throw cause;
    // The address of the endpoint is the operator's own.
    const reason = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : 'it cannot be reached';
    throw new ChatCallError(reason, { cause });
  }
}

function bodyOf(
  { model }: ChatEndpoint,
  { system, text, image, temperature, maxTokens }: ChatQuestion,
): object {
  const content =
    image === undefined
      ? text
      : [
          { type: 'image_url', image_url: { url: image } },
          { type: 'text', text },
        ];
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content },
  ];
  return { model, messages, temperature, max_tokens: maxTokens };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
