import type { Config } from '../../../platform/config/index.js';
import { defaultOptions, type SchedulingOptions } from '../../scheduling/index.js';

/** For `least-queue` all that waits has to be in memory, for it binds jobs as they arrive. */
const leastQueueWindow = 5_000;

export function schedulingOptionsOf(config: Config): SchedulingOptions {
  return {
    ...defaultOptions,
    policy: config.SCHEDULING_POLICY,
    lambda: config.SCHEDULING_LAMBDA,
    maxBiasS: config.SCHEDULING_MAX_BIAS_S,
    calmBiasS: config.SCHEDULING_CALM_BIAS_S,
    sizeWeight: config.SCHEDULING_SIZE_WEIGHT,
    maxSizeBiasS: config.SCHEDULING_MAX_SIZE_BIAS_S,
    holdMs: config.SCHEDULING_HOLD_MS,
    gamma: config.SCHEDULING_GAMMA,
    reserveAfterS: config.SCHEDULING_RESERVE_AFTER_S,
    reserveShare: config.SCHEDULING_RESERVE_SHARE,
    handOverMs: config.SCHEDULING_HAND_OVER_MS,
    overshootMs: config.SCHEDULING_OVERSHOOT_MS,
    windowSize: config.SCHEDULING_POLICY === 'cost' ? config.SCHEDULING_WINDOW : leastQueueWindow,
  };
}
