export { ClusterModule } from './cluster.module.js';
export { LeaderLease } from './leader-lease.js';
export { Lease } from './lease.js';
export { isAlive, Replica } from './replica.js';
