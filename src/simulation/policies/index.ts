import type { PolicyFactory } from '../policy.js';
import { centralFifo } from './central-fifo.js';
import { ours, type OursSwitches } from './ours.js';
import { leastQueue, powerOfTwo, roundRobin } from './push.js';
import { swarmuiLike } from './swarmui-like.js';

export const policyNames = [
  'round-robin',
  'least-queue',
  'power-of-two',
  'central-fifo',
  'swarmui-like',
  'ours',
] as const;

export type PolicyName = (typeof policyNames)[number];

/** `switches` only concern ours; the others have none. */
export function makePolicy(name: PolicyName, switches: OursSwitches): PolicyFactory {
  switch (name) {
    case 'round-robin':
      return roundRobin;
    case 'least-queue':
      return leastQueue;
    case 'power-of-two':
      return powerOfTwo;
    case 'central-fifo':
      return centralFifo;
    case 'swarmui-like':
      return swarmuiLike;
    case 'ours':
      return ours(switches);
  }
}
