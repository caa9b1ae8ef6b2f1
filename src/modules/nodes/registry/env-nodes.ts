/** The nodes that NODES names: in the registry from the start of the service on. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Site } from '../../../platform/site/index.js';
import { sightingOfAddresses } from '../domain/index.js';
import { RegistryStore } from './registry.store.js';

@Injectable()
export class EnvNodes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(RegistryStore) private readonly registry: RegistryStore,
    @Inject(Site) private readonly site: Site,
  ) {}

  async register(): Promise<void> {
    await this.site.whenOpen(async () => {
      await this.registry.apply('env', sightingOfAddresses(this.config.NODES));
    });
  }
}
