export { inOneTurn, inTurns } from './in-turns.js';
export { sha256InTurns } from './sha256.js';
export { utf8InTurns } from './utf8.js';
