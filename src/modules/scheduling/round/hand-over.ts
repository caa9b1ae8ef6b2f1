/**
 * Slot 1, just in time: the next prompt is posted in the last seconds of the running one, so that the GPU does not idle for
 * a round trip; it is taken back when the run turns out longer, or when an idle node would begin it clearly sooner. Whether
 * a slot 1 is open at all is the vacancy filter's question.
 */

export type Withdrawal = 'overshoot' | 'idle-node';

export interface HandedOver {
  nowMs: number;
  /** When the prompt was expected to begin, as of its hand-over. */
  dueMs: number;
  overshootMs: number;
  /** Cost of the prompt where it is, the rest of the running one included. */
  costS: number;
  /** Cost on the best idle node; Infinity when none fits. */
  idleCostS: number;
}

export function withdrawal(prompt: HandedOver): Withdrawal | undefined {
  if (prompt.nowMs > prompt.dueMs + prompt.overshootMs) return 'overshoot';
  return prompt.idleCostS < prompt.costS - prompt.overshootMs / 1000 ? 'idle-node' : undefined;
}
