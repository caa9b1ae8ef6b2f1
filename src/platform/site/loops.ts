/**
 * Makes the periodic loops of services, on the clock of the process and in its log. What reaches out of the service begins when the
 * site is open, and not before.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import { PeriodicLoop, type PeriodicLoopOptions } from '../lifecycle/index.js';
import { LOGGER, type Logger } from '../logging/index.js';
import { Site } from './site.js';

@Injectable()
export class Loops {
  constructor(
    @Inject(Site) private readonly site: Site,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Not started yet. */
  make(options: Omit<PeriodicLoopOptions, 'clock' | 'log'>): PeriodicLoop {
    return new PeriodicLoop({ ...options, clock: this.clock, log: this.log });
  }

  /** Begins with the site; `before` runs first. */
  async startWithSite(loop: PeriodicLoop, before: () => void = () => undefined): Promise<void> {
    await this.site.whenOpen(() => {
      before();
      loop.start();
    });
  }
}
