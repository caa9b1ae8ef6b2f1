/** Signs links to results, and knows its own signatures: no query, but for the key that vouches. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { SecretBox } from '../../../platform/secrets/index.js';
import { type LinkedFile, linkHolder, type Principal, readLink, signLink } from '../domain/index.js';
import { KeyRing } from '../keys/key-ring.js';
import { DatabaseTime } from './database-time.js';

/** Links of one hour are the same, so that a page that is told a result twice loads it once. */
const stepS = 3_600;

interface SharedLinks {
  signatures: string[];
  expiresAtS: number;
}

@Injectable()
export class Links implements OnModuleInit {
  private keys: readonly Buffer[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'LINK_LIFETIME_S'>,
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(DatabaseTime) private readonly time: DatabaseTime,
    @Inject(KeyRing) private readonly ring: KeyRing,
  ) {}

  async onModuleInit(): Promise<void> {
    this.keys = await this.box.derive('links to results');
  }

  /** Good for at least LINK_LIFETIME_S, and for no longer than the key that vouches. */
  sign(file: LinkedFile, keyId: string | null): string {
    const until = this.time.nowMs() / 1000 + this.config.LINK_LIFETIME_S;
    return signLink(this.keys[0]!, file, { keyId, expiresAtS: Math.ceil(until / stepS) * stepS });
  }

  /** For a time of the caller's choice: one signature for each of the files, and when they end, in seconds since 1970. */
  share(files: readonly LinkedFile[], keyId: string | null, lifetimeS: number): SharedLinks {
    const expiresAtS = Math.ceil(this.time.nowMs() / 1000 + lifetimeS);
    const signatures = files.map((file) => signLink(this.keys[0]!, file, { keyId, expiresAtS }));
    return { signatures, expiresAtS };
  }

  /** Null for another file's, a changed one, one that has ended, and one whose key is not good any more. */
  async holderOf(file: LinkedFile, signature: string): Promise<Principal | null> {
    const terms = readLink(this.keys, file, signature);
    if (!terms || terms.expiresAtS * 1000 <= this.time.nowMs()) return null;
    if (terms.keyId !== null && !(await this.ring.keyOf(terms.keyId))) return null;
    return linkHolder(terms.keyId);
  }
}
