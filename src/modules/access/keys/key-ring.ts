/**
 * Tells whose key is shown. A key that was looked up counts for ten seconds without another query; a change is told by
 * NOTIFY and, where that is lost, found by a look at what changed every one and a half.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Notifications } from '../../../platform/database/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { isSameHash, type Principal, readKey } from '../domain/index.js';
import { type Known, Remembered } from '../remembered.js';
import { type KeyRecord, KeysStore, principalOf, type SecretRecord } from './keys.store.js';

export const keysChannel = 'comfymux_keys';

const trustedForMs = 10_000;
const pollIntervalMs = 1_500;
/** A change is written down a moment before it can be seen. */
const lookBackMs = 60_000;
const useIntervalMs = 60_000;

@Injectable()
export class KeyRing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly known: Remembered<SecretRecord>;
  private readonly used = new Set<string>();
  private readonly listeners = new Set<(keyId: string) => void>();
  private readonly loops: PeriodicLoop[];

  constructor(
    @Inject(KeysStore) private readonly store: KeysStore,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(LOGGER) log: Logger,
  ) {
    this.known = new Remembered(async (id) => store.find(id), trustedForMs);
    this.loops = [
      new PeriodicLoop({
        name: 'keys',
        intervalMs: pollIntervalMs,
        log,
        turn: async () => this.lookForChanges(),
      }),
      new PeriodicLoop({
        name: 'key-uses',
        intervalMs: useIntervalMs,
        log,
        turn: async () => this.writeUses(),
      }),
    ];
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(keysChannel, (id) => this.forget(id));
    for (const loop of this.loops) loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.loops.map(async (loop) => loop.stop()));
    await this.writeUses().catch(() => undefined);
  }

  /** Null for what is no key, or none that is good now. Rejects when the database is away and the key was not seen before. */
  async ownerOf(text: string): Promise<Principal | null> {
    const key = readKey(text);
    const known = key && (await this.known.of(key.id));
    if (!known?.record || !isSameHash(known.record.secretHash, key!.hash) || !isGood(known)) return null;
    this.used.add(known.record.id);
    return principalOf(known.record);
  }

  /** By its public part alone: for what a key vouched for, such as a link or a session. Null when it is not good any more. */
  async keyOf(id: string): Promise<KeyRecord | null> {
    const known = await this.known.of(id);
    return isGood(known) ? known.record : null;
  }

  /** Calls `listener` with the id of each key that was changed, wherever. */
  onChange(listener: (keyId: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Here and on every other replica. */
  async changed(keyId: string): Promise<void> {
    this.forget(keyId);
    await this.notifications.notify(keysChannel, keyId);
  }

  private forget(id: string): void {
    this.known.forget(id);
    for (const listener of this.listeners) listener(id);
  }

  private async lookForChanges(): Promise<void> {
    if (this.known.isEmpty) return;
    for (const { id, changedAt } of await this.store.changedWithin(lookBackMs)) {
      const known = this.known.last(id);
      if (known && known.record?.changedAt.getTime() !== changedAt.getTime()) this.forget(id);
    }
  }

  private async writeUses(): Promise<void> {
    const ids = [...this.used];
    this.used.clear();
    if (ids.length > 0) await this.store.noteUse(ids);
  }
}

function isGood({ record, readAtMs }: Known<SecretRecord>): boolean {
  if (record === null || record.role === null || record.revokedAt !== null) return false;
  return record.expiresInMs === null || performance.now() - readAtMs < record.expiresInMs;
}
