import { Module } from '@nestjs/common';
import { AuditStore } from './audit/audit.store.js';
import { FirstKey } from './keys/first-key.js';
import { KeyRing } from './keys/key-ring.js';
import { KeysService } from './keys/keys.service.js';
import { KeysStore } from './keys/keys.store.js';
import { DatabaseTime } from './links/database-time.js';
import { Links } from './links/links.js';
import { Holders } from './passes/holders.js';
import { Logins } from './passes/logins.js';
import { PassesStore } from './passes/passes.store.js';
import { Tokens } from './passes/tokens.js';
import { OpenIdProvider } from './people/openid-provider.js';
import { People } from './people/people.js';
import { Posture } from './posture.js';
import { OpenStreams } from './streams/open-streams.js';
import { StreamsStore } from './streams/streams.store.js';
import { TenantsService } from './tenants/tenants.service.js';
import { TenantsStore } from './tenants/tenants.store.js';

@Module({
  providers: [
    AuditStore,
    DatabaseTime,
    FirstKey,
    KeyRing,
    KeysService,
    KeysStore,
    Holders,
    Links,
    Logins,
    OpenIdProvider,
    OpenStreams,
    PassesStore,
    People,
    Posture,
    StreamsStore,
    Tokens,
    TenantsService,
    TenantsStore,
  ],
  exports: [
    AuditStore,
    DatabaseTime,
    KeyRing,
    KeysService,
    Links,
    Logins,
    OpenIdProvider,
    OpenStreams,
    People,
    StreamsStore,
    TenantsService,
    Tokens,
  ],
})
export class AccessModule {}
