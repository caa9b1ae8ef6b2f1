/**
 * One POST to a receiver. Bounded in time and in what is read of the answer; redirects are not followed; names that resolve to
 * link-local addresses are not connected to.
 */
import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent, request } from 'undici';
import { isLinkLocal } from '../../platform/outgoing/index.js';

const answerBytesMax = 65_536;

type LookupDone = (
  error: NodeJS.ErrnoException | null,
  address: LookupAddress[] | string,
  family?: number,
) => void;

export class WebhookClient {
  private readonly agent: Agent;

  constructor(private readonly timeoutMs: number) {
    this.agent = new Agent({
      connections: 4,
      keepAliveTimeout: 4000,
      maxOrigins: 512,
      connect: { timeout: timeoutMs, lookup: guardedLookup },
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

function guardedLookup(hostname: string, options: LookupOptions, done: LookupDone): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, []);
    const allowed = addresses.filter(({ address }) => !isLinkLocal(address));
    const [first] = allowed;
    if (!first) return done(new Error(`${hostname} resolves to link-local addresses alone`), []);
    return options.all ? done(null, allowed) : done(null, first.address, first.family);
  });
}
