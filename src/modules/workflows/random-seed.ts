import { randomInt } from 'node:crypto';

/** An integer from 0 to `maximum`, both included; `maximum` below 2^48 - 1. */
export function randomSeed(maximum: number): number {
  return randomInt(maximum + 1);
}
