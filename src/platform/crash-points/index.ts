import { env } from 'node:process';
import { CrashPoints } from './crash-points.js';

export { type CrashPoint, CrashPoints, crashPoints } from './crash-points.js';

/** `faults.hit('attempt.sending.after_commit')`. */
export const faults = new CrashPoints(env['COMFYMUX_CRASH_AT']);
