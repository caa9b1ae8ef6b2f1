/** The phases of an attempt as its times tell them; what it never came to is left out. */
export interface AttemptTimes {
  createdAt: Date;
  acceptedAt: Date | null;
  runningAt: Date | null;
  collectingAt: Date | null;
}

export interface Phase {
  name: string;
  from: Date;
  to: Date;
}

/** Each ends where the next begins; the last before `settle` ends with the attempt's work. */
export function phasesOf(times: AttemptTimes, settlingFrom: Date, closedAt: Date): Phase[] {
  const begins = [
    { name: 'send', from: times.createdAt },
    { name: 'start', from: times.acceptedAt },
    { name: 'run', from: times.runningAt },
    { name: 'collect', from: times.collectingAt },
    { name: 'settle', from: settlingFrom },
  ].filter((phase): phase is { name: string; from: Date } => phase.from !== null);
  return begins.map((phase, index) => ({ ...phase, to: begins[index + 1]?.from ?? closedAt }));
}
