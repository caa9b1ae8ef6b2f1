import { Fault } from '../../../platform/fault.js';

/** Told alike of a job that is none and of one that the caller must not know of. */
export const unknownJob = (id: string): Fault => new Fault('not_found', `there is no job ${id}`);
