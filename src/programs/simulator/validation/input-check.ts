import type { Feature } from '../version.js';
import { coerce } from '../wire/convert.js';
import { equals, numeric } from '../wire/repr.js';
import { isDict, type Dict, type Value } from '../wire/values.js';
import { conversionFailed, notInList, outOfRange, type Declared, type NodeError } from './input-errors.js';

/**
 * Checks a literal value and, as the server does, writes the coerced value back into the prompt.
 * `listed` is false for inputs the node validates itself (uploaded files): those skip range and list.
 */
export function checkLiteral(
  declared: Declared,
  inputs: Dict,
  listed: boolean,
  features: ReadonlySet<Feature>,
): NodeError | undefined {
  const [type] = declared.config;
  let value = inputs.get(declared.name) as Value;
  try {
    if (isDict(value) && value.has('__value__')) value = value.get('__value__') as Value;
    value = coerce(type, value);
  } catch (error) {
    return conversionFailed(declared, value, (error as Error).message);
  }
  inputs.set(declared.name, value);
  return listed ? (checkRange(declared, value) ?? checkList(declared, value, features)) : undefined;
}

function checkRange(declared: Declared, value: Value): NodeError | undefined {
  const options = declared.config[1];
  const number = numeric(value);
  if (!isDict(options) || number === undefined) return undefined;
  const [min, max] = [options.get('min'), options.get('max')];
  const low = min === undefined ? undefined : numeric(min);
  if (min !== undefined && low !== undefined && number < low) return outOfRange(declared, value, 'min', min);
  const high = max === undefined ? undefined : numeric(max);
  return max !== undefined && high !== undefined && number > high
    ? outOfRange(declared, value, 'max', max)
    : undefined;
}

function checkList(declared: Declared, value: Value, features: ReadonlySet<Feature>): NodeError | undefined {
  const [type, options] = declared.config;
  const choices = choicesOf(type, options, features);
  if (choices === undefined) return undefined;
  const several =
    isDict(options) && options.get('multiselect') === true && Array.isArray(value) ? value : [value];
  const wrong = several.filter((item) => !choices.some((choice) => equals(choice, item)));
  return wrong.length === 0 ? undefined : notInList(declared, value, wrong, choices, features);
}

function choicesOf(type: Value, options: Value, features: ReadonlySet<Feature>): Value[] | undefined {
  if (Array.isArray(type)) return type;
  if (type !== 'COMBO' || !features.has('comboValidation') || !isDict(options)) return undefined;
  const choices = options.get('options');
  return Array.isArray(choices) ? choices : options.has('remote') ? undefined : [];
}

/** Whether an output of type `received` may feed an input of type `wanted`: equal, `*`, or a shared part of `A,B`. */
export function typesFit(received: Value, wanted: Value): boolean {
  if (equals(received, wanted) || received === '*' || wanted === '*') return true;
  if (typeof wanted === 'string' && /^COMFY_(MATCHTYPE|AUTOGROW|DYNAMIC)/.test(wanted)) return true;
  if (typeof received === 'string' && received.startsWith('COMFY_MATCHTYPE')) return true;
  if (typeof received !== 'string' || typeof wanted !== 'string') return isComboPair(received, wanted);
  const accepted = partsOf(wanted);
  return accepted.includes('*') || partsOf(received).some((part) => part === '*' || accepted.includes(part));
}

const partsOf = (type: string): string[] => type.split(',').map((part) => part.trim());

const isCombo = (type: Value): boolean => Array.isArray(type) || type === 'COMBO';
const isComboPair = (received: Value, wanted: Value): boolean => Array.isArray(received) && isCombo(wanted);
