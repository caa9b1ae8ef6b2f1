/**
 * Every replica must have the same SECRET_KEY, or one cannot read what another sealed, which would show hours later as a webhook that is
 * not signed or a job without its credential. The database keeps a known text under the key: who comes with another key while others
 * live is refused at its start. Alone, it goes on with its own, and what was sealed before is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Pool } from 'pg';
import { CONFIG, type Config } from '../config/index.js';
import { LOGGER, type Logger } from '../logging/index.js';
import { Site } from '../site/index.js';
import { SecretBox } from './secret-box.js';
import { isAlive } from '../cluster/index.js';

const knownText = 'comfymux';

/** `message` is for the operator. */
export class SecretKeyError extends Error {
  override readonly name = 'SecretKeyError';
}

@Injectable()
export class KeyCheck implements OnModuleInit {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(Site) private readonly site: Site,
    @Inject(CONFIG) private readonly config: Pick<Config, 'LEASE_RENEW_INTERVAL_MS' | 'REPLICA_LEASE_MS'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.site.looked();
    if (this.site.isOpen) await this.check();
    else
      await this.site.whenOpen(async () =>
        this.check().catch((error: unknown) =>
          this.log.error({ err: error }, 'SECRET_KEY is not that of the others'),
        ),
      );
  }

  private async check(): Promise<void> {
    const sealed = await this.box.seal(knownText);
    const kept = await this.keepFirst(sealed);
    if (await this.box.isCurrent(kept)) return;
    if (!(await this.isReadable(kept))) await this.replaceLost();
    await this.pool.query(`UPDATE site SET key_check = $1 WHERE key_check = $2`, [sealed, kept]);
  }

  /** The text of whoever was the first. */
  private async keepFirst(sealed: Buffer): Promise<Buffer> {
    await this.pool.query(`UPDATE site SET key_check = $1 WHERE key_check IS NULL`, [sealed]);
    const { rows } = await this.pool.query<{ kept: Buffer }>(`SELECT key_check AS kept FROM site`);
    return rows[0]?.kept ?? sealed;
  }

  private async isReadable(kept: Buffer): Promise<boolean> {
    return this.box.unseal(kept).then(
      () => true,
      () => false,
    );
  }

  private async replaceLost(): Promise<void> {
    let alone = await this.isAlone();
    if (alone) {
      // Of replicas that begin together the first may not have joined yet.
      await sleep(this.config.LEASE_RENEW_INTERVAL_MS);
      alone = await this.isAlone();
    }
    if (!alone) throw new SecretKeyError(refusal);
    this.log.error(
      'SECRET_KEY is another than before: secrets that callers gave for webhooks and API nodes cannot be read any more',
    );
  }

  private async isAlone(): Promise<boolean> {
    const { rowCount } = await this.pool.query(`SELECT FROM replica r WHERE ${isAlive('$1')} LIMIT 1`, [
      this.config.REPLICA_LEASE_MS,
    ]);
    return rowCount === 0;
  }
}

const refusal =
  'SECRET_KEY is not the one that the other replicas of this database have: give all of them the same (docs/security.md tells how to change it). Without one each makes a key of its own under DATA_DIR.';
