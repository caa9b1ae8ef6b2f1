/** The knobs of the scheduler; docs/scheduling.md tells what each is for and what it was measured to do. */
import { z } from 'zod';
import { count, durationMs, namesIn, number } from './kinds.js';

const longestCreditS = 7 * 86_400;

function areCredits(creditsS: readonly number[]): boolean {
  return (
    creditsS.length === 3 &&
    creditsS.every((each, at) => each >= (creditsS[at - 1] ?? 0) && each <= longestCreditS)
  );
}

export const schedulingSettings = {
  SCHEDULING_POLICY: z
    .enum(['cost', 'least-queue'])
    .default('cost')
    .describe(
      'Which job goes to which node: `cost` weighs loading, running and fairness; `least-queue` binds each job on arrival to the able node with the fewest unfinished jobs, to compare with.',
    ),
  SCHEDULING_LAMBDA: number
    .max(1_000)
    .default(16)
    .describe(
      'Seconds of lead that a job gains per second of model loading it spares; 0: models do not matter.',
    ),
  SCHEDULING_MAX_BIAS_S: number
    .max(86_400)
    .default(2_700)
    .describe(
      'Most seconds by which a later job may pass an earlier one so, while jobs wait as long as that.',
    ),
  SCHEDULING_CALM_BIAS_S: number
    .max(86_400)
    .default(800)
    .describe('The same while jobs wait less than this.'),
  SCHEDULING_SIZE_WEIGHT: number
    .max(100)
    .default(1.5)
    .describe('Seconds that a job falls behind per second of its own run: short work first.'),
  SCHEDULING_MAX_SIZE_BIAS_S: number
    .max(86_400)
    .default(700)
    .describe('Most seconds by which a later job may pass an earlier one for being shorter.'),
  SCHEDULING_HOLD_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(300_000)
    .describe(
      'Longest time in all that a job is kept from a free node for one that has its models and ends it sooner.',
    ),
  SCHEDULING_GAMMA: number
    .max(100)
    .default(0)
    .describe('Weight of the backlog in the order; 0.25 drains one large batch sooner.'),
  SCHEDULING_RESERVE_AFTER_S: number
    .max(86_400)
    .default(3_600)
    .describe('A job that waited so long and was passed by so much gets the node that frees first.'),
  SCHEDULING_RESERVE_SHARE: number
    .max(1)
    .default(0.05)
    .describe('Share of the nodes that may be reserved so at once; at least one may.'),
  SCHEDULING_HAND_OVER_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(3_000)
    .describe(
      'The next prompt is posted to a busy node when its run has at most this left; 0: when it has ended.',
    ),
  SCHEDULING_OVERSHOOT_MS: durationMs
    .default(5_000)
    .describe('A prompt posted ahead is taken back when the run before it is late by this.'),
  SCHEDULING_CREDITS_S: z
    .string()
    .transform((text) => namesIn(text).map(Number))
    .refine(areCredits, 'must be three numbers of seconds up to a week, none less than the one before it')
    .default([300, 1_800, 14_400])
    .describe(
      'Seconds of earlier arrival that priorities 1, 2 and 3 count as, and -1, -2 and -3 of later; `0,0,0`: priorities do not matter. The same on all replicas.',
    ),
  SCHEDULING_WINDOW: count
    .max(10_000)
    .default(32)
    .describe('Jobs per class that the leader keeps in memory; all others wait in the database.'),
};
