/** How much of a run was not sampling: loading models, mostly. Told by the times at which steps were reported. */

export interface StepMark {
  atMs: number;
  /** Sampler steps done by then; 0 at the start of the run. */
  done: number;
}

/** An interval this many times as long as its steps usually take contains something else. */
const muchLonger = 2.5;

/** Undefined while fewer than two steps have told what a step takes. */
export function setUpMsOf(marks: readonly StepMark[]): number | undefined {
  const intervals = marks.slice(1).map((mark, at) => {
    const { atMs, done } = marks[at]!;
    return { steps: mark.done - done, tookMs: mark.atMs - atMs };
  });
  if (intervals.length < 2) return undefined;
  const stepMs = median(intervals.map(({ steps, tookMs }) => tookMs / steps));
  return intervals.reduce((sum, { steps, tookMs }) => {
    const excessMs = tookMs - steps * stepMs;
    return tookMs > muchLonger * steps * stepMs ? sum + excessMs : sum;
  }, 0);
}

/** The lower of the two middle ones: what is sought is the usual step, not the load. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
