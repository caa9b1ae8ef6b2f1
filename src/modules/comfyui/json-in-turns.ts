/** Large JSON in turns with everybody else's work. */
import { inTurns } from '../../platform/turns/index.js';
import { type JsonLimits, parseSteps } from './domain/json/json-parse.js';
import { stringifySteps } from './domain/index.js';

/** As `parseJson`. */
export const parseInTurns = async (text: string, limits?: JsonLimits): Promise<unknown> =>
  inTurns(parseSteps(text, limits));

/** As `stringifyJson`. */
export const stringifyInTurns = async (value: unknown): Promise<string> => inTurns(stringifySteps(value));
