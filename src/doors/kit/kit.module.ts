import { Global, Module } from '@nestjs/common';
import { OpenPorts } from './port/open-ports.js';
import { RequestMetrics } from './port/request.metrics.js';

/** What every door is given: the ports that listen, and the measure of requests. */
@Global()
@Module({ providers: [OpenPorts, RequestMetrics], exports: [OpenPorts, RequestMetrics] })
export class DoorKitModule {}
