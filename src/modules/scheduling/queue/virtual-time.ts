/**
 * V, the start tag a tenant without recent work begins at: the least start tag that waits, or the greatest dispatched when
 * nothing waits. It never goes back.
 *
 * The least, not the greatest: jobs are dispatched up to `maxBiasS` out of order, and a newcomer placed behind the foremost
 * of them would queue behind everything a hog still has in between.
 */
import type { SchedulerState } from '../state.js';

export function virtualTimeS(state: SchedulerState): number {
  let leastS = Infinity;
  state.withHeads.forEachCommon(state.withHeads, (index) => {
    const { effKey, creditS } = state.classes[index]!.window[0]!.spec;
    leastS = Math.min(leastS, effKey + creditS);
  });
  const nowS = leastS === Infinity ? state.greatestStartS : Math.min(leastS, state.greatestStartS);
  state.virtualS = Math.max(state.virtualS, nowS);
  return state.virtualS;
}

const paceHorizonMs = 600_000;
const slowestPace = 0.05;

/**
 * Virtual seconds per second, averaged over ten minutes. One tenant alone moves V at up to 1; with many at work V moves as
 * fast as the share of each, and a bias meant as so many seconds of waiting must shrink with it.
 */
export function updatePace(state: SchedulerState): void {
  const elapsedMs = state.nowMs - state.paceAtMs;
  if (elapsedMs <= 0) return;
  if (state.paceAtMs === 0) {
    state.paceAtMs = state.nowMs;
    state.paceAtS = virtualTimeS(state);
    return;
  }
  const pace = ((virtualTimeS(state) - state.paceAtS) * 1000) / elapsedMs;
  state.paceAtS = state.virtualS;
  state.pace += (1 - Math.exp(-elapsedMs / paceHorizonMs)) * (pace - state.pace);
  state.pace = Math.min(1, Math.max(slowestPace, state.pace));
  state.paceAtMs = state.nowMs;
}
