import type { PolicyFactory } from '../policy.js';
import { centralFifo } from './central-fifo.js';
import { earliestFinish, leastExpectedWait } from './expected.js';
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

/** Run only when asked for. */
export const furtherPolicyNames = ['least-expected-wait', 'earliest-finish'] as const;

export type PolicyName = (typeof policyNames | typeof furtherPolicyNames)[number];

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
    case 'least-expected-wait':
      return leastExpectedWait;
    case 'earliest-finish':
      return earliestFinish;
    case 'ours':
      return ours(switches);
  }
}
