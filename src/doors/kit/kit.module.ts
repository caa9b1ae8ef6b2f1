import { type DynamicModule, Module } from '@nestjs/common';
import type { Door } from './door.js';
import { DoorPorts, DOORS } from './port/door-ports.js';
import { AccessModule } from '../../modules/access/index.js';
import { BrowserSessions } from './caller/browser-sessions.js';
import { Callers } from './caller/callers.js';
import { Gate } from './caller/gate.js';
import { OpenConnections } from './caller/open-connections.js';
import { OutputLinks } from './job/output-links.js';
import { OpenPorts } from './port/open-ports.js';
import { RateLimits } from './rates/rate-limits.js';
import { RequestMetrics } from './port/request.metrics.js';

/** What opens the ports: the list of doors, and what every request of theirs meets. */
@Module({})
export class DoorKitModule {
  static forRoot(doors: readonly Door[]): DynamicModule {
    return {
      module: DoorKitModule,
      global: true,
      imports: [AccessModule],
      providers: [
        { provide: DOORS, useValue: doors },
        BrowserSessions,
        Callers,
        Gate,
        OpenConnections,
        OpenPorts,
        OutputLinks,
        RateLimits,
        RequestMetrics,
        DoorPorts,
      ],
      exports: [BrowserSessions, DoorPorts, OutputLinks, RateLimits],
    };
  }
}
