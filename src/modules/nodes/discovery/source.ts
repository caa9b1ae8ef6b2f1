/** A place that tells which nodes there are. Every replica follows every source; one of them writes what it tells. */
import type { Clock } from '../../../platform/clock/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import type { Sighting } from '../domain/index.js';

export interface NodeSource {
  /** As `source` in the registry. */
  readonly name: string;
  readonly report: SourceReport;
  start(): void;
  stop(): Promise<void>;
}

export interface SourceDependencies {
  clock: Clock;
  log: Logger;
  /** Called after each change of what the source tells. */
  changed: () => void;
}

/**
 * What a source told last, and whether it can be asked now. One that cannot be asked changes nothing: the last word
 * stays, but it is not written any more, so that a replica that hears better may write.
 */
export class SourceReport {
  sighting: Sighting | undefined;
  failure: string | undefined;
  private successAtMs: number | undefined;

  constructor(
    private readonly source: string,
    private readonly deps: SourceDependencies,
  ) {}

  get isFresh(): boolean {
    return this.sighting !== undefined && this.failure === undefined;
  }

  get sinceSuccessMs(): number | undefined {
    return this.successAtMs === undefined ? undefined : this.deps.clock.monotonicMs() - this.successAtMs;
  }

  /** `sighting` is absent when the source only said that nothing is new. */
  succeeded(sighting?: Sighting): void {
    this.successAtMs = this.deps.clock.monotonicMs();
    const wasFresh = this.isFresh;
    if (this.failure !== undefined)
      this.deps.log.info({ source: this.source }, 'a source of nodes can be read again');
    this.failure = undefined;
    this.sighting = sighting ?? this.sighting;
    if (sighting || !wasFresh) this.deps.changed();
  }

  failed(error: unknown): void {
    const failure = error instanceof Error ? error.message : String(error);
    if (failure === this.failure) return;
    const wasFresh = this.isFresh;
    this.failure = failure;
    this.deps.log.warn(
      { source: this.source, reason: failure },
      'a source of nodes cannot be read: the registry stays as it is',
    );
    if (wasFresh) this.deps.changed();
  }
}
