/** A real Firefox: Debian's, or the one that FIREFOX_PATH names, steered by WebDriver BiDi as it comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const firefoxPath = process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr';
export const noFirefox = existsSync(firefoxPath) ? null : 'Firefox is not here (set FIREFOX_PATH)';

interface Message {
  id?: number;
  type: 'success' | 'error' | 'event';
  method?: string;
  params?: { level?: string; text?: string };
  result?: Record<string, unknown>;
  message?: string;
}

/** All but this machine is behind a proxy that is not there: Firefox looks for updates of its own. */
const nobodyElse = Object.entries({
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.failover_direct': false,
})
  .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
  .join('');

export class Firefox {
  /** What scripts of the pages threw or called an error. */
  readonly errors: string[] = [];
  private readonly open = new Map<number, (message: Message) => void>();
  private last = 0;
  private context = '';

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {
    socket.on('message', (data: Buffer) => this.take(JSON.parse(data.toString()) as Message));
  }

  static async launch(): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), 'comfymux-firefox-'));
    await writeFile(join(profile, 'user.js'), nobodyElse);
    const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
    const child = spawn(firefoxPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: profile },
    });
    const address = await addressOf(child);
    const socket = new WebSocket(`${address}/session`);
    await once(socket, 'open');
    const firefox = new Firefox(child, socket, profile);
    await firefox.send('session.new', { capabilities: {} });
    await firefox.send('session.subscribe', { events: ['log.entryAdded'] });
    const { context } = await firefox.send('browsingContext.create', { type: 'tab' });
    firefox.context = String(context);
    return firefox;
  }

  async goto(url: string): Promise<void> {
    await this.send('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
  }

  /** The value of an expression in the page, which must be a text, a number or a truth. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result } = await this.send('script.evaluate', {
      expression,
      target: { context: this.context },
      awaitPromise: true,
    });
    return (result as { value: Value }).value;
  }

  async close(): Promise<void> {
    this.socket.terminate();
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private async send(method: string, params: object): Promise<Record<string, unknown>> {
    this.last += 1;
    const id = this.last;
    const answered = new Promise<Message>((resolve) => this.open.set(id, resolve));
    this.socket.send(JSON.stringify({ id, method, params }));
    const { type, result = {}, message } = await answered;
    if (type === 'error') throw new Error(`${method}: ${message}`);
    return result;
  }

  private take(message: Message): void {
    if (message.id !== undefined) {
      this.open.get(message.id)?.(message);
      this.open.delete(message.id);
    } else if (message.method === 'log.entryAdded' && message.params?.level === 'error')
      this.errors.push(message.params.text ?? '');
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let told = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      told = (told + chunk.toString()).slice(-10_000);
      const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(told)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Firefox did not start: ${told.slice(-500)}`)));
  });
}
