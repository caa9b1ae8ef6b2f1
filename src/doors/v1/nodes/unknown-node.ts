import { Fault } from '../../../platform/fault.js';

export const unknownNode = (id: string): Fault => new Fault('not_found', `there is no node "${id}"`);
