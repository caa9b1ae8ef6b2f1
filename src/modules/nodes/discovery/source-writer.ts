/** Writes the word of one source into the registry while it holds the lease for it, and until all of it is done. */
import type { Clock } from '../../../platform/clock/index.js';
import type { Lease } from '../../../platform/cluster/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import type { RegistryChanges, Sighting } from '../domain/index.js';

/** What others did to the registry meanwhile is seen this soon. */
const rewriteAfterMs = 30_000;
const loggedMax = 20;

interface WriterDependencies {
  clock: Clock;
  log: Logger;
  apply: (sighting: Sighting) => Promise<RegistryChanges>;
  /** The registry is another one now. */
  changed: () => Promise<void>;
}

export class SourceWriter {
  refused = 0;
  /** Everything it was last told is in the registry. */
  settled = false;
  private written: Sighting | undefined;
  private writtenAtMs = 0;

  /** Without a lease every replica writes. */
  constructor(
    private readonly source: string,
    private readonly lease: Lease | undefined,
    private readonly deps: WriterDependencies,
  ) {}

  async write(sighting: Sighting): Promise<void> {
    if (this.lease && (await this.lease.hold()) === undefined) {
      this.settled = false;
      return;
    }
    const nowMs = this.deps.clock.monotonicMs();
    if (this.settled && sighting === this.written && nowMs < this.writtenAtMs + rewriteAfterMs) return;
    const changes = await this.deps.apply(sighting);
    this.settled = changes.pending.length === 0;
    this.written = sighting;
    this.writtenAtMs = nowMs;
    this.report(changes);
    if ([changes.forget, changes.leave, changes.put].some((list) => list.length > 0))
      await this.deps.changed();
  }

  async release(): Promise<void> {
    this.settled = false;
    await this.lease?.resign();
  }

  private report({ forget, leave, put, refused }: RegistryChanges): void {
    const { log } = this.deps;
    const names = {
      ...(put.length > 0 && { put: some(put.map(({ id }) => id)) }),
      ...(leave.length > 0 && { leave: some(leave) }),
      ...(forget.length > 0 && { forget: some(forget) }),
    };
    if (Object.keys(names).length > 0)
      log.info({ source: this.source, ...names }, 'the registry of nodes changed');
    if (refused.length > 0 && refused.length !== this.refused)
      log.warn(
        { source: this.source, nodes: some(refused) },
        'nodes are not registered: their name or address is registered by another source, or the address cannot be used',
      );
    this.refused = refused.length;
  }
}

const some = (ids: readonly string[]): string[] =>
  ids.length <= loggedMax ? [...ids] : [...ids.slice(0, loggedMax), `and ${ids.length - loggedMax} more`];
