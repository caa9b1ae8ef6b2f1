import { Global, Module } from '@nestjs/common';
import { OpenPorts } from './open-ports.js';
import { RequestMetrics } from './request.metrics.js';

/** What every door is given: the ports that listen, and the measure of requests. */
@Global()
@Module({ providers: [OpenPorts, RequestMetrics], exports: [OpenPorts, RequestMetrics] })
export class DoorKitModule {}
