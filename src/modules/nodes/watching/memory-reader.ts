import type { Clock } from '../../../platform/clock/index.js';
import { type ComfyClient, memoryIn, type NodeMemory } from '../../comfyui/index.js';

const refreshMs = 15_000;

/** What one node's memory holds, as its `/system_stats` last told; absent while a node tells none. */
export class MemoryReader {
  memory: NodeMemory | undefined;
  private dueMs = 0;

  constructor(
    private readonly client: ComfyClient,
    private readonly clock: Clock,
  ) {}

  /** Nothing is decided by it: a node that does not answer here keeps its health. */
  async readDue(): Promise<void> {
    if (this.clock.monotonicMs() < this.dueMs) return;
    this.dueMs = Infinity;
    const stats = await this.client.systemStats().catch(() => undefined);
    this.memory = stats && memoryIn(stats);
    this.dueMs = this.clock.monotonicMs() + refreshMs;
  }
}
