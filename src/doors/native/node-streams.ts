/**
 * Bytes that flow from a node straight to a client of ours: over connections of their own, so that slow clients never
 * keep those that drive the node's jobs.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ComfyClient } from '../../modules/comfyui/index.js';
import { type NodeMonitor, NodesService } from '../../modules/nodes/index.js';

@Injectable()
export class NodeStreams implements OnModuleDestroy {
  private readonly clients = new Map<string, ComfyClient>();
  private stickyId: string | undefined;

  constructor(@Inject(NodesService) private readonly nodes: NodesService) {}

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.clients.values()].map(async (client) => client.close()));
  }

  /** Undefined for a node that is unknown or does not answer. */
  clientOf(nodeId: string): ComfyClient | undefined {
    const monitor = this.nodes.find(nodeId);
    return monitor?.answers ? this.clientFor(monitor) : undefined;
  }

  /** The node that serves the web UI: the same one as long as it answers, since its files belong together. */
  stickyClient(): ComfyClient | undefined {
    const known = this.stickyId === undefined ? undefined : this.clientOf(this.stickyId);
    if (known) return known;
    const next = this.nodes
      .all()
      .toSorted((a, b) => (a.settings.id < b.settings.id ? -1 : 1))
      .find((monitor) => monitor.answers);
    this.stickyId = next?.settings.id;
    return next && this.clientFor(next);
  }

  /** Of every node that answers. */
  all(): ComfyClient[] {
    return this.nodes.all().flatMap((monitor) => (monitor.answers ? [this.clientFor(monitor)] : []));
  }

  /** The node that serves the web UI was told to unload its models. */
  stickyWasFreed(): void {
    if (this.stickyId !== undefined) void this.nodes.noteMemoryLost(this.stickyId);
  }

  private clientFor({ settings: { url } }: NodeMonitor): ComfyClient {
    const known = this.clients.get(url);
    if (known) return known;
    const client = new ComfyClient({ baseUrl: new URL(url) });
    this.clients.set(url, client);
    return client;
  }
}
