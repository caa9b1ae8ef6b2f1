/**
 * One run of the server, which never outlives this process and never ends before it is told to.
 * A small shell is its parent. The shell holds the read end of a pipe that only this process writes to: when the pipe
 * closes, by `stop` or because this process died in whatever way, the shell shuts the server down. Both live in a session
 * of their own, so a terminal's Ctrl-C does not reach them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Binaries } from './binaries.js';
import { childEnvironment, type Cluster } from './cluster.js';
import type { ServerUser } from './server-user.js';

const supervise = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
`;

const fastShutdownMs = 30_000;
const immediateShutdownMs = 5_000;

export interface ServerProcessOptions {
  binaries: Binaries;
  user: ServerUser;
  cluster: Cluster;
  port: number;
  /** Whether a committed transaction survives a crash of the machine. */
  durable: boolean;
  /** Receives the server's log, from its beginning. */
  logPath: string;
}

export class ServerProcess {
  private readonly shell: ChildProcess;
  /** Resolves when the server has ended. */
  readonly ended: Promise<void>;
  running = true;

  constructor(private readonly options: ServerProcessOptions) {
    const { user, binaries, cluster, logPath } = options;
    const command = [...user.prefix, binaries.postgres, '-D', cluster.dir, ...settingArguments(options)];
    const log = openSync(logPath, 'w', 0o600);
    this.shell = spawn('/bin/sh', ['-c', supervise, 'comfymux-postgres', ...command], {
      ...user.spawnAs,
      cwd: '/',
      env: childEnvironment,
      detached: true,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    // A shell that cannot be started, or is gone when the pipe closes, shows as the end of the server.
    this.shell.stdin?.on('error', () => undefined);
    const markEnded = () => void (this.running = false);
    this.ended = once(this.shell, 'close').then(markEnded, markEnded);
    this.shell.unref();
  }

  logTail(): string {
    return readFileSync(this.options.logPath, 'utf8').trim().split('\n').slice(-5).join(' | ');
  }

  async stop(): Promise<void> {
    this.shell.stdin?.destroy();
    if (await this.endsWithin(fastShutdownMs)) return;
    this.signal('SIGQUIT');
    if (await this.endsWithin(immediateShutdownMs)) return;
    this.signal('SIGKILL');
    await this.ended;
  }

  private signal(signal: NodeJS.Signals): void {
    const pid = this.options.cluster.recordedPid();
    if (pid !== undefined) process.kill(pid, signal);
  }

  private async endsWithin(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<false>((resolve) => (timer = setTimeout(resolve, timeoutMs, false)));
    const ended = await Promise.race([this.ended.then(() => true), timeout]);
    clearTimeout(timer);
    return ended;
  }
}

function settingArguments({ port, durable }: ServerProcessOptions): string[] {
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    // Statements and row values may hold prompts: of errors only the bare message is logged, and only when fatal.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
