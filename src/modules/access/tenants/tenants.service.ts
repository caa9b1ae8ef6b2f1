/**
 * The tenants and their limits, in memory: who submits and who decides asks for them all the time, and they hardly change.
 * A change is known on every replica at once by NOTIFY, and within ten seconds when that was lost.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Notifications } from '../../../platform/database/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { defaultTenantId } from '../domain/index.js';
import { type Tenant, TenantsStore } from './tenants.store.js';

const channel = 'comfymux_tenants';

@Injectable()
export class TenantsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly tenants = new Map<string, Tenant>();
  private readonly listeners = new Set<() => void>();
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(TenantsStore) private readonly store: TenantsStore,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'tenants',
      intervalMs: 10_000,
      log,
      turn: async () => this.load(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.load();
    await this.notifications.listen(channel, () => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  all(): Tenant[] {
    return [...this.tenants.values()];
  }

  find(id: string): Tenant | undefined {
    return this.tenants.get(id);
  }

  /** Bytes that the web UI keeps, by tenant: of all, or of one. */
  async userDataBytes(id: string | null): Promise<Map<string, number>> {
    return this.store.userDataBytes(id);
  }

  /** Calls `listener` whenever a tenant came or its settings changed. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Makes the tenant, or replaces its settings. Known here when it resolves. */
  async put(tenant: Tenant): Promise<Tenant> {
    const kept = await this.store.put(tenant);
    await this.load();
    await this.notifications.notify(channel);
    return kept;
  }

  /** False for one that is not empty, and for the default one. */
  async remove(id: string): Promise<boolean> {
    const isGone = id !== defaultTenantId && (await this.store.removeEmpty(id));
    await this.load();
    await this.notifications.notify(channel);
    return isGone;
  }

  private async load(): Promise<void> {
    const before = JSON.stringify(this.all());
    const loaded = await this.store.all();
    this.tenants.clear();
    for (const tenant of loaded) this.tenants.set(tenant.id, tenant);
    if (before !== JSON.stringify(loaded)) for (const listener of this.listeners) listener();
  }
}
