/** The processes under test: a PostgreSQL, simulated nodes, replicas of the service. Each can be broken and comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import type { FaultSpec, RecordEntry } from '../../src/programs/simulator/index.js';
import { eventually } from '../support/poll.js';
import { type Service, startService } from '../support/service.js';
import { Link } from './link.js';

const simulatorPath = fileURLToPath(new URL('../../dist/programs/simulator/main.js', import.meta.url));
const skewedClockUrl = new URL('./skewed-clock.program.mjs', import.meta.url).href;

export class DatabaseServer {
  private constructor(
    private readonly dataDir: string,
    private server: EmbeddedDatabase,
  ) {}

  static async start(folder: string): Promise<DatabaseServer> {
    const dataDir = join(folder, 'database');
    return new DatabaseServer(dataDir, await open(dataDir));
  }

  get url(): string {
    return this.server.url;
  }

  async stopFor(forMs: number): Promise<void> {
    const { url } = this.server;
    await this.server.stop();
    await sleep(forMs);
    this.server = await open(this.dataDir);
    if (this.server.url !== url)
      throw new Error('another program took the port of the database: start again');
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

const open = async (dataDir: string): Promise<EmbeddedDatabase> =>
  startEmbeddedDatabase({ dataDir, log: createLogger({ level: 'silent' }) });

export class NodeProcess {
  private constructor(
    readonly name: string,
    readonly url: string,
    /** Between it and the replicas. */
    readonly link: Link,
    private readonly child: ChildProcess,
  ) {}

  static async start(name: string): Promise<NodeProcess> {
    const args = [simulatorPath, '--nodes', '1', '--step-ms', '60', '--load-ms', '40'];
    // Without its parent on the channel it ends by itself.
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const { nodes } = JSON.parse(line) as { nodes: { url: string }[] };
    const { url } = nodes[0]!;
    return new NodeProcess(name, url, await Link.to(url), child);
  }

  /** Its port is closed while it restarts. */
  async inject(spec: FaultSpec): Promise<void> {
    await this.ask('faults', { method: 'POST', body: JSON.stringify(spec) });
  }

  async withoutModel(model: { folder: string; file: string }, forMs: number): Promise<void> {
    await this.inject({ kind: 'remove-model', ...model });
    await sleep(forMs);
    await this.inject({ kind: 'add-model', ...model });
  }

  async clearFaults(): Promise<void> {
    await this.ask('faults', { method: 'DELETE' });
  }

  async record(): Promise<RecordEntry[]> {
    return (await (await this.ask('record')).json()) as RecordEntry[];
  }

  async pauseFor(forMs: number): Promise<void> {
    this.child.kill('SIGSTOP');
    await sleep(forMs);
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.child.kill('SIGCONT');
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return eventually(
      async () => fetch(`${this.url}/__sim/${path}`, { ...init, signal: AbortSignal.timeout(10_000) }),
      {
        timeoutMs: 60_000,
        intervalMs: 100,
        what: `an answer of ${this.name}`,
      },
    );
  }
}

export interface Ending {
  replica: string;
  /** Its identity in the database; undefined when it ended before it had one. */
  id: string | undefined;
  how: number | string;
  output: string;
}

/** One replica through all its lives: whatever ends it, the next one is started. */
export class ReplicaProcess {
  /** Undefined while it is down. */
  service: Service | undefined;
  private starting: Promise<void> | undefined;
  private armedWith: string | undefined;
  private wanted = true;
  private asked = false;

  constructor(
    readonly name: string,
    private readonly env: Record<string, string>,
    /** Between it and the database. */
    readonly link: Link,
    private readonly skewMs: number,
    /** Told of every end; `expected` when the tests caused it. */
    private readonly ended: (ending: Ending, expected: boolean) => void,
    /** Told when it serves again. */
    private readonly serves: () => void,
  ) {}

  /** Its identity in the database. */
  get id(): string | undefined {
    return this.service && identityOf(this.service);
  }

  /** Resolves when it serves; tries again while the database is away. */
  async start(): Promise<void> {
    this.starting ??= this.launch().finally(() => (this.starting = undefined));
    return this.starting;
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  /** Restarts it so that it dies by itself at a crash point. */
  crashAt(point: string): void {
    this.armedWith = point;
    this.kill();
  }

  /** Once: a second SIGTERM tells a replica not to end its requests. */
  terminate(): void {
    if (!this.asked) this.signal('SIGTERM');
  }

  async pauseFor(forMs: number): Promise<void> {
    const { service } = this;
    if (!service) return;
    process.kill(service.pid, 'SIGSTOP');
    await sleep(forMs);
    if (this.service === service) process.kill(service.pid, 'SIGCONT');
  }

  async stop(): Promise<number | string | undefined> {
    this.wanted = false;
    await this.starting;
    this.asked = true;
    return this.service?.stop();
  }

  private signal(signal: NodeJS.Signals): void {
    if (!this.service) return;
    this.asked = true;
    process.kill(this.service.pid, signal);
  }

  private async launch(): Promise<void> {
    const armed = this.armedWith;
    this.armedWith = undefined;
    while (this.wanted) {
      try {
        const service = await startService({
          ...this.env,
          ...(armed !== undefined && { COMFYMUX_CRASH_AT: armed }),
          ...(this.skewMs !== 0 && {
            CLOCK_SKEW_MS: String(this.skewMs),
            NODE_OPTIONS: `--import=${skewedClockUrl}`,
          }),
        });
        this.asked = false;
        this.service = service;
        this.serves();
        void service.ended.then((how) => this.afterEnd(service, how, armed !== undefined));
        return;
      } catch (error) {
        // It may have done work before it was given up.
        this.ended({ replica: this.name, id: undefined, how: 'unborn', output: String(error) }, true);
        await sleep(300);
      }
    }
  }

  private afterEnd(service: Service, how: number | string, wasArmed: boolean): void {
    this.service = undefined;
    const expected = this.asked ? how === 'SIGKILL' || how === 0 : wasArmed && how === 'SIGKILL';
    this.ended({ replica: this.name, id: identityOf(service), how, output: service.output() }, expected);
    if (this.wanted) void this.start();
  }
}

function identityOf(service: Service): string | undefined {
  const line = service
    .output()
    .split('\n')
    .find((text) => text.includes('joined the cluster'));
  return line === undefined ? undefined : (JSON.parse(line) as { replica: string }).replica;
}
