/**
 * What columns can hold. Estimates, clocks of nodes and numbers of graphs may be anything; none of them may keep a job from being
 * written, so that each is bounded as it is written.
 */
const int4Max = 2_147_483_647;
const workMax = 1e18;

/** Milliseconds for an `int` column; what is no number counts as 0. */
export const storedMs = (ms: number): number =>
  Number.isNaN(ms) ? 0 : Math.round(Math.min(int4Max, Math.max(0, ms)));

export const storedMsOrNull = (ms: number | null): number | null => (ms === null ? null : storedMs(ms));

/** Work units: positive and finite, so that logarithms and products of them stay finite. */
export const storedWork = (units: number): number =>
  units > 0 ? Math.min(workMax, Math.max(1e-9, units)) : 1;
