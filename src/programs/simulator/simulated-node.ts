import { setTimeout as sleep } from 'node:timers/promises';
import { FaultBoard, type FaultSpec } from './faults/fault-board.js';
import { strikeNow } from './faults/immediate.js';
import { controlRoutes } from './http/control-routes.js';
import { Router } from './http/router.js';
import { wanModelFiles, type ModelFiles } from './nodes/model-files.js';
import { ObjectInfo } from './nodes/object-info.js';
import { withDefaults, type NodeSettings, type SimulatedNodeOptions } from './options.js';
import { ServerLife } from './server-life.js';
import { Folders } from './state/folders.js';
import { RecordBook, type RecordEntry } from './state/record-book.js';
import { featuresOf } from './version.js';

/** An injected fault: `clear()` ends it, if it is still there. */
export interface InjectedFault {
  readonly id: number;
  clear(): void;
}

/**
 * A simulated ComfyUI server that can be restarted, broken and inspected. Its record of prompts, its model files and
 * its folders outlive every restart; queue, history, cache and sockets do not.
 */
export class SimulatedNode {
  readonly settings: NodeSettings;
  readonly folders: Folders;
  private readonly faults = new FaultBoard();
  private readonly book = new RecordBook();
  private readonly info: ObjectInfo;
  private readonly control: Router;
  private modelFiles: ModelFiles;
  private current: ServerLife | undefined;
  private lives = 0;
  private portInUse: number;
  private readonly stopped = new AbortController();

  constructor(options: SimulatedNodeOptions) {
    this.settings = withDefaults(options);
    this.portInUse = this.settings.port;
    this.modelFiles = options.models ?? wanModelFiles;
    this.folders = new Folders(options.dataDir);
    this.info = new ObjectInfo(this.modelFiles, this.settings.windows, () => this.folders.inputFiles());
    this.control = new Router(controlRoutes(this));
  }

  get name(): string {
    return this.settings.name;
  }

  get port(): number {
    return this.portInUse;
  }

  get url(): string {
    return `http://${this.settings.host}:${this.portInUse}`;
  }

  /** The server process of this moment, for the simulator's own parts. */
  get life(): ServerLife | undefined {
    return this.current;
  }

  get isRunning(): boolean {
    return this.current !== undefined && !this.current.hasEnded;
  }

  /** Starts the server process; no-op while it runs. */
  async start(): Promise<void> {
    if (this.stopped.signal.aborted || this.isRunning) return;
    this.lives += 1;
    this.current = new ServerLife(this.surroundings(), this.lives, () => this.modelFiles, this.control);
    this.portInUse = await this.current.start(this.portInUse);
  }

  /** Loses everything in memory, refuses connections for `downMs`, and comes back on the same port. */
  async restart(downMs = 0): Promise<void> {
    this.exit();
    if (downMs > 0) await this.wait(downMs);
    await this.start();
  }

  /** Ends the server process at once; back after `backAfterMs`, or only by `restart()`. */
  exit(backAfterMs?: number): void {
    this.current?.end().catch(tell);
    if (backAfterMs !== undefined)
      this.wait(backAfterMs)
        .then(async () => this.start())
        .catch(tell);
  }

  /** Ends for good and removes temporary files. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.current?.end();
    this.faults.clear();
    this.folders.remove();
  }

  /** Every prompt ever accepted, oldest first, across restarts. */
  record(): RecordEntry[] {
    return this.book.list();
  }

  models(): ModelFiles {
    return this.modelFiles;
  }

  /** Shows at once in `/object_info`, `/models` and validation. */
  setModels(models: ModelFiles): void {
    this.modelFiles = models;
    this.info.setModels(models);
  }

  /** Faults that are armed or in force. */
  armedFaults(): { id: number; spec: FaultSpec }[] {
    return this.faults.list();
  }

  clearFaults(id?: number): void {
    this.faults.clear(id);
  }

  /** Does the thing at once, or arms it for when its moment comes. */
  inject(spec: FaultSpec): InjectedFault {
    const armed = strikeNow(this, spec) ? undefined : this.arm(spec);
    return {
      id: armed?.id ?? 0,
      clear: () => (armed === undefined ? undefined : this.faults.clear(armed.id)),
    };
  }

  private arm(spec: FaultSpec): { id: number } {
    const armed = this.faults.arm(spec);
    if (spec.kind === 'stall-events') {
      this.current?.context.life.hub.hold();
      this.whenOver(armed, spec.forMs, () => this.current?.context.life.hub.release());
    }
    if (spec.kind === 'stop-accepting') {
      this.current?.stopAccepting();
      this.whenOver(armed, spec.forMs, () => {
        this.current?.acceptAgain(this.portInUse).catch(tell);
      });
    }
    return armed;
  }

  private whenOver(
    armed: { id: number; cleared: AbortSignal },
    forMs: number | undefined,
    end: () => void,
  ): void {
    armed.cleared.addEventListener('abort', end, { once: true });
    if (forMs !== undefined) void this.wait(forMs).then(() => this.faults.clear(armed.id));
  }

  /** Waits, but no longer than until `stop()`. */
  private wait(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }

  private surroundings() {
    return {
      settings: this.settings,
      features: featuresOf(this.settings.version),
      info: this.info,
      folders: this.folders,
      faults: this.faults,
      record: this.book,
      exit: (backAfterMs?: number) => this.exit(backAfterMs),
    };
  }
}

/** What nobody waits for. */
const tell = (error: unknown): void => {
  process.stderr.write(`a simulated node: ${String(error)}\n`);
};

/** Starts a simulated ComfyUI server in this process. */
export async function startSimulatedNode(options: SimulatedNodeOptions = {}): Promise<SimulatedNode> {
  const node = new SimulatedNode(options);
  await node.start();
  return node;
}
