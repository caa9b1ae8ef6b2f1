/** Preloaded into a replica: its wall clock is wrong by CLOCK_SKEW_MS. */
import { env } from 'node:process';

const skewMs = Number(env.CLOCK_SKEW_MS ?? 0);
const TrueDate = Date;

globalThis.Date = class Date extends TrueDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [TrueDate.now() + skewMs] : parts));
  }

  static now() {
    return TrueDate.now() + skewMs;
  }
};
