/**
 * Keeps a copy of one kind of objects: lists them, then follows their changes from the version of the list. Guarantees:
 * the copy is replaced whole by a complete list, or changed by events in their order, never emptied by a failure; a watch
 * that ends is taken up from the last version seen; a version that the server forgot (410), or two failures in a row,
 * lead to a new list; what fails is tried again later and later, at random, but never given up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../../../../platform/clock/index.js';
import { KubernetesError, type KubernetesApi } from './api.js';
import { eventsIn, type WatchEvent } from './watch-events.js';

export interface ReflectorTimings {
  /** A watch is ended by the server after one to two times this. */
  watchSeconds: number;
  backoffMinMs: number;
  backoffMaxMs: number;
}

export interface ReflectorOptions<T> {
  api: Pick<KubernetesApi, 'list' | 'watch'>;
  path: string;
  labelSelector?: string;
  /** What is kept of an object; undefined when it is not understood. */
  digest: (object: unknown) => T | undefined;
  /** Items were listed or changed, or the server said that nothing is new. */
  heard: (changed: boolean) => void;
  failed: (error: unknown) => void;
  clock: Clock;
  random: () => number;
  timings: ReflectorTimings;
}

const pageSize = 500;
const objectsMax = 50_000;
/** A watch that ends sooner without a word is a failure. */
const shortWatchMs = 1000;
/** One that stood so long has no failures behind it. */
const steadyWatchMs = 5000;
const failuresBeforeList = 2;
const named = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

export class Reflector<T> {
  /** By name; undefined before the first list. */
  items: Map<string, T> | undefined;
  private version: string | undefined;
  private failures = 0;
  private watchBeganMs: number | undefined;
  private readonly stopping = new AbortController();
  private done: Promise<void> | undefined;

  constructor(private readonly options: ReflectorOptions<T>) {}

  start(): void {
    this.done ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let waitMs = 0;
      try {
        if (this.version === undefined || this.failures >= failuresBeforeList) await this.list();
        await this.watch();
      } catch (error) {
        if (signal.aborted) return;
        waitMs = this.noteFailure(error);
      }
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private noteFailure(error: unknown): number {
    this.failures = this.hasWatchedFor(steadyWatchMs) ? 1 : this.failures + 1;
    this.watchBeganMs = undefined;
    const expired = error instanceof KubernetesError && error.isExpired;
    if (expired) this.version = undefined;
    // One that is made good at once is no news.
    if (this.items === undefined || this.failures >= failuresBeforeList) this.options.failed(error);
    const { backoffMinMs, backoffMaxMs } = this.options.timings;
    const mostMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.failures, 16));
    const askedMs = error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(Math.min(askedMs, backoffMaxMs), mostMs * (0.5 + this.options.random() / 2));
  }

  private async list(): Promise<void> {
    const { api, path, labelSelector, digest } = this.options;
    const items = new Map<string, T>();
    let after: string | undefined;
    do {
      const query = {
        ...(labelSelector !== undefined && { labelSelector }),
        limit: String(pageSize),
        ...(after !== undefined && { continue: after }),
      };
      const page = await api.list(path, query, this.stopping.signal);
      for (const object of page.items ?? []) this.keep(items, object, digest);
      after = page.metadata.continue === '' ? undefined : page.metadata.continue;
      this.version = after === undefined ? page.metadata.resourceVersion : undefined;
    } while (after !== undefined);
    this.items = items;
    this.options.heard(true);
  }

  private async watch(): Promise<void> {
    const { api, path, labelSelector, clock, random, timings } = this.options;
    let heardAny = false;
    const body = await api.watch(
      path,
      {
        ...(labelSelector !== undefined && { labelSelector }),
        resourceVersion: this.version ?? '',
        timeoutSeconds: String(Math.round(timings.watchSeconds * (1 + random()))),
      },
      this.stopping.signal,
    );
    this.watchBeganMs = clock.monotonicMs();
    for await (const event of eventsIn(body)) {
      heardAny = true;
      this.failures = 0;
      this.apply(event);
    }
    if (!heardAny && !this.hasWatchedFor(shortWatchMs)) throw new Error('a watch ended at once');
    this.failures = 0;
    this.options.heard(false);
  }

  private hasWatchedFor(durationMs: number): boolean {
    return (
      this.watchBeganMs !== undefined && this.options.clock.monotonicMs() - this.watchBeganMs >= durationMs
    );
  }

  private apply({ type, object }: WatchEvent): void {
    const { name, resourceVersion } = object.metadata;
    this.version = resourceVersion;
    if (type === 'BOOKMARK' || name === undefined || !this.items) {
      this.options.heard(false);
      return;
    }
    if (type === 'DELETED') this.items.delete(name);
    else this.keep(this.items, object, this.options.digest);
    this.options.heard(true);
  }

  private keep(items: Map<string, T>, object: unknown, digest: (object: unknown) => T | undefined): void {
    const { data } = named.safeParse(object);
    const kept = digest(object);
    if (!data || kept === undefined) return;
    if (items.size >= objectsMax)
      throw new Error(`there are more than ${objectsMax} objects at ${this.options.path}`);
    items.set(data.metadata.name, kept);
  }
}
