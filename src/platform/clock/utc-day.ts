export const dayS = 86_400;

/** Seconds until UTC's midnight, which is the next multiple of a day; at least one. */
export const untilMidnightS = (now: Date): number => dayS - Math.floor((now.getTime() / 1000) % dayS);
