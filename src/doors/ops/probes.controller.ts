import { Access } from '../kit/index.js';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Pool } from 'pg';
import { LastCall } from '../../platform/lifecycle/index.js';
import { Site } from '../../platform/site/index.js';

/** Liveness says that this process answers; readiness, that it can take requests, for which it
 * needs its database and must not be about to stop. */
@ApiTags('operations')
@Controller()
export class ProbesController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(LastCall) private readonly lastCall: LastCall,
    @Inject(Site) private readonly site: Site,
    @Inject(Pool) private readonly pool: Pool,
  ) {}

  @Access('open')
  @Get('livez')
  @HealthCheck()
  @ApiOperation({ summary: 'This process answers' })
  async live() {
    return this.health.check([]);
  }

  @Access('open')
  @Get('readyz')
  @HealthCheck()
  @ApiOperation({ summary: 'This process can take requests' })
  async ready() {
    return this.health.check([async () => this.database(), () => this.staying(), () => this.dispatching()]);
  }

  private staying() {
    const indicator = this.indicators.check('process');
    return this.lastCall.isLeaving ? indicator.down({ message: 'it is being stopped' }) : indicator.up();
  }

  /** Up all the same: it serves, and whoever restores a backup looks at it. */
  private dispatching() {
    const indicator = this.indicators.check('dispatch');
    return this.site.isOpen ? indicator.up() : indicator.up({ message: this.site.sentence });
  }

  private async database() {
    const indicator = this.indicators.check('database');
    try {
      const { rows } = await this.pool.query<{ readOnly: string }>(
        `SELECT current_setting('transaction_read_only') AS "readOnly"`,
      );
      // A standby, or a server in the middle of a failover: reads would answer, and nothing could be accepted.
      return rows[0]?.readOnly === 'on'
        ? indicator.down({ message: 'the database takes no writes' })
        : indicator.up();
    } catch {
      return indicator.down({ message: 'the database does not answer' });
    }
  }
}
