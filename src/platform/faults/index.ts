import { env } from 'node:process';
import { CrashPoints } from './crash-points.js';

export { CrashPoints } from './crash-points.js';

/** `faults.hit('attempt.sending.after_commit')`: names are `thing.state.moment`. */
export const faults = new CrashPoints(env['COMFYMUX_CRASH_AT']);
