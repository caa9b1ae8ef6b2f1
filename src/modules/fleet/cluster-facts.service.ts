/**
 * What the nodes tell of their models and machines, as one machine: read in the background when a node appears or its
 * inventory changes (machines again each half minute), answered from memory.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { PeriodicLoop, untilAborted } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { type ComfyClient, compareVersions, isJsonObject, nodesMax } from '../comfyui/index.js';
import { type NodeMonitor, NodesService } from '../nodes/index.js';
import { oneMachine } from './domain/one-machine.js';

interface Machine {
  stats: Record<string, unknown>;
  features: Record<string, unknown>;
  readAtMs: number;
}

interface Models {
  readAtMs: number;
  folders: Map<string, Folder>;
}

interface Folder {
  files: string[];
  details: unknown[];
}

const lookIntervalMs = 2_000;
const machineIntervalMs = 30_000;
/** Not every model folder shows in the inventory. */
const modelsIntervalMs = 60_000;
/** Folders that hold no models. */
const otherFolders = new Set(['configs', 'custom_nodes']);

@Injectable()
export class ClusterFactsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly machines = new Map<string, Machine>();
  private readonly models = new Map<string, Models>();
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'cluster facts',
      intervalMs: lookIntervalMs,
      clock,
      log,
      turn: async (signal) => untilAborted(this.look(), signal),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  modelFolders(): string[] {
    return [...new Set(this.known().flatMap(({ folders }) => [...folders.keys()]))];
  }

  /** Sorted; undefined for a folder that no node has. */
  modelFiles(folder: string): string[] | undefined {
    const lists = this.known().flatMap(({ folders }) => folders.get(folder)?.files ?? []);
    if (!this.known().some(({ folders }) => folders.has(folder))) return undefined;
    return [...new Set(lists.map((name) => name.replaceAll('\\', '/')))].toSorted();
  }

  /** Nodes that list this model, as the union names it. */
  nodesWith(folder: string, file: string): string[] {
    return this.monitors().flatMap(({ settings, facts }) => {
      const files = this.models.get(facts?.inventoryHash ?? '')?.folders.get(folder)?.files ?? [];
      return files.some((name) => name.replaceAll('\\', '/') === file) ? [settings.id] : [];
    });
  }

  modelFolderSummaries(): unknown[] {
    return this.modelFolders()
      .filter((name) => !otherFolders.has(name))
      .map((name) => ({ name, folders: [] }));
  }

  modelDetails(folder: string): unknown[] | undefined {
    if (this.modelFiles(folder) === undefined) return undefined;
    const all = this.known()
      .flatMap(({ folders }) => folders.get(folder)?.details ?? [])
      .filter(isJsonObject);
    return [...new Map(all.map((entry) => [entry.name, entry])).values()];
  }

  embeddings(): string[] {
    return (this.modelFiles('embeddings') ?? []).map((name) => name.replace(/\.\w+$/, ''));
  }

  systemStats(): Record<string, unknown> {
    const nodes = [...this.machines].map(([nodeId, { stats }]) => ({ nodeId, stats }));
    return oneMachine(nodes, this.newest()?.stats);
  }

  /** Of the newest server, without what this door does not offer. */
  features(): Record<string, unknown> {
    const { extension: _manager, ...features } = this.newest()?.features ?? {};
    const own = {
      max_upload_size: this.config.MAX_UPLOAD_BYTES,
      // Ours beside ComfyUI's: what a prompt may be.
      max_prompt_size: this.config.MAX_BODY_BYTES,
      max_prompt_nodes: nodesMax,
      ...('assets' in features && { assets: false }),
    };
    return { supports_preview_metadata: true, ...features, ...own };
  }

  private newest(): Machine | undefined {
    const known = this.monitors().filter(({ settings }) => this.machines.has(settings.id));
    const [monitor] = known.toSorted((a, b) => compareVersions(versionOf(b), versionOf(a)));
    return monitor && this.machines.get(monitor.settings.id);
  }

  private monitors(): NodeMonitor[] {
    return this.nodes.all().toSorted((a, b) => (a.settings.id < b.settings.id ? -1 : 1));
  }

  private known(): Models[] {
    const hashes = new Set(this.monitors().flatMap(({ facts }) => (facts ? [facts.inventoryHash] : [])));
    return [...hashes].flatMap((hash) => this.models.get(hash) ?? []);
  }

  private async look(): Promise<void> {
    const monitors = this.nodes.all();
    await Promise.all(
      monitors.filter((monitor) => monitor.answers).map(async (monitor) => this.read(monitor)),
    );
    const ids = new Set(monitors.map(({ settings }) => settings.id));
    for (const id of this.machines.keys()) if (!ids.has(id)) this.machines.delete(id);
    const hashes = new Set(monitors.map(({ facts }) => facts?.inventoryHash));
    for (const hash of this.models.keys()) if (!hashes.has(hash)) this.models.delete(hash);
  }

  private async read(monitor: NodeMonitor): Promise<void> {
    try {
      await this.readMachine(monitor);
      await this.readModels(monitor);
    } catch (error) {
      this.log.debug(
        { err: error, node: monitor.settings.id },
        'a node does not tell of its machine or models',
      );
    }
  }

  /** Of nodes with equal inventories one is asked. */
  private async readModels({ client, facts }: NodeMonitor): Promise<void> {
    const hash = facts?.inventoryHash;
    const nowMs = this.clock.monotonicMs();
    const known = hash === undefined ? undefined : this.models.get(hash);
    if (hash === undefined || (known && nowMs - known.readAtMs < modelsIntervalMs)) return;
    const claimed = { folders: known?.folders ?? new Map<string, Folder>(), readAtMs: nowMs };
    this.models.set(hash, claimed);
    try {
      claimed.folders = await foldersOf(client);
    } catch (error) {
      this.models.delete(hash);
      throw error;
    }
  }

  private async readMachine({ client, settings }: NodeMonitor): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    const known = this.machines.get(settings.id);
    if (known && nowMs - known.readAtMs < machineIntervalMs) return;
    const features = known?.features ?? (await client.features()) ?? {};
    this.machines.set(settings.id, { stats: await client.systemStats(), features, readAtMs: nowMs });
  }
}

const versionOf = ({ facts }: NodeMonitor): string => facts?.probe.version ?? '0';

async function foldersOf(client: ComfyClient): Promise<Map<string, Folder>> {
  const folders = new Map<string, Folder>();
  for (const folder of await client.modelFolders()) {
    const files = await client.modelFolder(folder);
    const details = files === undefined || otherFolders.has(folder) ? [] : await client.modelDetails(folder);
    if (files !== undefined) folders.set(folder, { files, details });
  }
  return folders;
}
