import type { Job } from '../state.js';

/** The order of a class's jobs, the same as the database's index: least key first, ties by id. */
export function order(a: Job, b: Job): number {
  if (a.spec.effKey !== b.spec.effKey) return a.spec.effKey - b.spec.effKey;
  return a.spec.id < b.spec.id ? -1 : 1;
}
