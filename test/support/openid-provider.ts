/** A real OpenID provider in a process of its own, and people who log in at its pages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.js';

const program = fileURLToPath(new URL('openid-provider.program.mjs', import.meta.url));
const skewedClock = fileURLToPath(new URL('../chaos/skewed-clock.program.mjs', import.meta.url));

export interface ProviderOptions {
  /** Of programs: group|audience|seconds. */
  programs?: readonly string[];
  /** Addresses that people may be sent back to. */
  callbacks?: readonly string[];
  env?: Record<string, string>;
  /** One that was told before, where it is to come back. */
  port?: number;
}

export class OpenIdProviderProcess {
  private constructor(
    readonly issuer: string,
    private readonly process: ChildProcess,
  ) {}

  static async start({ programs = [], callbacks = [], env = {}, port }: ProviderOptions) {
    const at = port ?? (await freePort());
    const child = spawn(process.execPath, ['--import', skewedClock, program, String(at), ...programs], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CALLBACKS: callbacks.join(','), ...env },
    });
    await once(child.stdout, 'data');
    return new OpenIdProviderProcess(`http://127.0.0.1:${at}`, child);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill();
    await once(this.process, 'exit');
  }
}

/**
 * Somebody follows `address`, which our login page led to, logs in at the provider as `login`, or `turns back`, and is sent to one of our
 * addresses: that one, not yet followed.
 */
export async function throughProvider(address: string, login: string): Promise<string> {
  const { origin } = new URL(address);
  const cookies = new Map<string, string>();
  let [url, body]: [string, URLSearchParams | undefined] = [address, undefined];
  for (let step = 0; step < 20; step += 1) {
    const answer: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      signal: AbortSignal.timeout(30_000),
      ...(body && { method: 'POST', body }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';', 1)[0]!.split('=', 2);
      cookies.set(name, value);
    }
    const [text, location] = [await answer.text(), answer.headers.get('location')];
    if (location !== null) {
      [url, body] = [new URL(location, url).href, undefined];
      if (new URL(url).origin !== origin) return url;
    } else if (login === 'turns back') {
      url = new URL(linkOf(text, 'abort'), url).href;
    } else {
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(text) ?? [];
      if (prompt === undefined) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 2_000)}`);
      url = new URL(/action="([^"]+)"/.exec(text)![1]!, url).href;
      body = new URLSearchParams({ prompt, login, password: 'x' });
    }
  }
  throw new Error('the provider leads round in a circle');
}

const linkOf = (page: string, end: string): string =>
  new RegExp(`href="([^"]+/${end})"`).exec(page)?.[1] ?? '/no-such-link';
