import { Global, Module } from '@nestjs/common';
import { LeaderLease } from './leader-lease.js';
import { Replica } from './replica.js';

@Global()
@Module({ providers: [Replica, LeaderLease], exports: [Replica, LeaderLease] })
export class ClusterModule {}
