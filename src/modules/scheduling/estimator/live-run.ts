/**
 * The rest of a running prompt, told by its own progress events.
 *
 * Three steps are enough to beat any prior: what remains is the steps left at the step time seen so far, plus the tail
 * (decode, encode, save) that no step announces and that is learned per profile.
 */

export interface LiveRun {
  step: number;
  steps: number;
  stepAtMs: number;
  stepMs: number;
  samples: number;
}

const enoughSamples = 3;
const rate = 0.3;

export function newLiveRun(): LiveRun {
  return { step: 0, steps: 0, stepAtMs: 0, stepMs: 0, samples: 0 };
}

/** Repeated or out-of-order events change nothing. The first event only starts the clock: it contains the load. */
export function observeStep(live: LiveRun, step: number, steps: number, nowMs: number): void {
  if (step <= live.step) return;
  if (live.stepAtMs > 0) {
    const sample = (nowMs - live.stepAtMs) / (step - live.step);
    live.stepMs += (live.samples === 0 ? 1 : rate) * (sample - live.stepMs);
    live.samples += 1;
  }
  live.step = step;
  live.steps = steps;
  live.stepAtMs = nowMs;
}

/** Expected end of the prompt, or undefined while too few steps were seen. */
export function liveEndMs(live: LiveRun, tailMs: number): number | undefined {
  if (live.samples < enoughSamples) return undefined;
  return live.stepAtMs + (live.steps - live.step) * live.stepMs + tailMs;
}
