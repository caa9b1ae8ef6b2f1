/** The record of files, for tests without an application. */
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { AssetsStore } from '../../src/modules/assets/assets.store.js';
import { QuotaRefusals } from '../../src/platform/metrics/index.js';

export const assetsStoreOn = (pool: Pool): AssetsStore =>
  new AssetsStore(pool, new QuotaRefusals(new Registry()));
