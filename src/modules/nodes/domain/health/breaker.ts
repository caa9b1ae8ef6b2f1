/**
 * Keeps work from a node whose last runs failed by the node's own fault. Three such faults in a row open it, a
 * sticky GPU fault at once; it stays open 30 s × the times it opened, at most 10 min, spread by up to a tenth.
 * Then one canary is let through: its success closes, its fault opens again. Each success while closed forgets
 * one earlier opening. Faults of jobs never come here.
 */
const faultsToOpen = 3;
export const openStepMs = 30_000;
export const openMaxMs = 600_000;
const jitterShare = 0.1;

export type Breaker =
  | { state: 'closed'; consecutiveFaults: number; timesOpened: number }
  | { state: 'open'; untilMs: number; timesOpened: number }
  /** `canary` is the prompt that tries the node; null while one is awaited. */
  | { state: 'half_open'; canary: string | null; timesOpened: number };

export const breakerStates = ['closed', 'open', 'half_open'] as const satisfies Breaker['state'][];

/** What the breaker lets through now. */
export type Admission = 'all' | 'canary' | 'none';

export function closedBreaker(): Breaker {
  return { state: 'closed', consecutiveFaults: 0, timesOpened: 0 };
}

export function admission(breaker: Breaker, nowMs: number): Admission {
  switch (breaker.state) {
    case 'closed':
      return 'all';
    case 'open':
      return nowMs >= breaker.untilMs ? 'canary' : 'none';
    case 'half_open':
      return breaker.canary === null ? 'canary' : 'none';
  }
}

/** This prompt goes to the node; when it is the canary, the next admission is `none` until it ends. */
export function onCanarySent(breaker: Breaker, canary: string): Breaker {
  if (breaker.state === 'closed' || (breaker.state === 'half_open' && breaker.canary !== null))
    return breaker;
  return { state: 'half_open', canary, timesOpened: breaker.timesOpened };
}

/** `random` is uniform in [0, 1). A fault of a run that began before it opened changes nothing. */
export function onFault(breaker: Breaker, fault: { atMs: number; sticky: boolean; random: number }): Breaker {
  switch (breaker.state) {
    case 'open':
      return breaker;
    case 'half_open':
      return opened(breaker.timesOpened, fault);
    case 'closed': {
      const consecutiveFaults = breaker.consecutiveFaults + 1;
      if (fault.sticky || consecutiveFaults >= faultsToOpen) return opened(breaker.timesOpened, fault);
      return { ...breaker, consecutiveFaults };
    }
  }
}

export function onSuccess(breaker: Breaker): Breaker {
  switch (breaker.state) {
    case 'open':
      return breaker;
    case 'half_open':
      return { state: 'closed', consecutiveFaults: 0, timesOpened: breaker.timesOpened };
    case 'closed':
      return { state: 'closed', consecutiveFaults: 0, timesOpened: Math.max(0, breaker.timesOpened - 1) };
  }
}

/** The run ended without saying anything of the node (cancelled, withdrawn, the job's own error): if it was the canary, try another. */
export function onInconclusive(breaker: Breaker, promptId: string): Breaker {
  return breaker.state === 'half_open' && breaker.canary === promptId
    ? { ...breaker, canary: null }
    : breaker;
}

function opened(timesOpenedBefore: number, fault: { atMs: number; random: number }): Breaker {
  const timesOpened = timesOpenedBefore + 1;
  const stretched = openStepMs * timesOpened * (1 + jitterShare * fault.random);
  return { state: 'open', untilMs: fault.atMs + Math.min(openMaxMs, stretched), timesOpened };
}
