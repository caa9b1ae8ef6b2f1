/**
 * One POST to a receiver. Bounded in time and in what is read of the answer; redirects are not followed; addresses that are not
 * public are connected to only where an operator opened them.
 */
import { Agent, request } from 'undici';
import { guardedLookup } from '../../platform/outgoing/index.js';

const answerBytesMax = 65_536;

export class WebhookClient {
  private readonly agent: Agent;

  /** `open` are the names and networks that may be connected to although they are not public. */
  constructor(
    private readonly timeoutMs: number,
    open: readonly string[],
  ) {
    this.agent = new Agent({
      connections: 4,
      keepAliveTimeout: 4000,
      maxOrigins: 512,
      connect: { timeout: timeoutMs, lookup: guardedLookup(open) },
    });
  }

  /** The status of the answer. Throws when there is none in time. */
  async post(url: string, headers: Record<string, string>, body: string): Promise<number> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: this.agent });
    await answer.body.dump({ limit: answerBytesMax, signal }).catch(() => undefined);
    return answer.statusCode;
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
