import { Module } from '@nestjs/common';
import { AccessModule } from '../../modules/access/index.js';
import { BrowserLogins } from './browser-logins.js';
import { LoginRoutes } from './login.routes.js';
import { LoginTries } from './login-tries.js';
import { PendingLogins } from './pending-logins.js';
import { ProviderRoutes } from './provider.routes.js';
import { WaysBack } from './ways-back.js';

@Module({
  imports: [AccessModule],
  providers: [BrowserLogins, LoginRoutes, LoginTries, PendingLogins, ProviderRoutes, WaysBack],
})
export class LoginModule {}
