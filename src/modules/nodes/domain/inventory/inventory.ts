/**
 * What a node can run, cut from its `/object_info`: equal inventories have equal canonical texts, whatever the
 * order in which the server lists classes and files, and whichever of the two combo encodings it uses.
 * A class whose description makes no sense is left out; the rest of the document still counts.
 */
import {
  byCodeUnit,
  isRecord,
  isUploadInput,
  plainValue,
  type ChoiceValue,
} from '../../../workflows/domain/index.js';
import { atOnce, isPause, sortSteps, type Steps, stringifySteps } from '../../../comfyui/domain/index.js';

export interface ClassInventory {
  outputNode: boolean;
  /** Combo inputs: their values, sorted; null where the server does not say (remote lists). */
  choices: Record<string, ChoiceValue[] | null>;
  /** Inputs without which the server refuses the node; groups that grow as needed are not listed. */
  required: string[];
  /** Inputs filled by upload; their lists are of the input folder and say nothing of the node. */
  uploadInputs: string[];
}

export interface Inventory {
  classes: Record<string, ClassInventory>;
}

/** More than anybody has in one folder, or writes for one class; what is over does not count. */
const choicesMax = 50_000;
const inputsMax = 2_000;

/** From the parsed body of `GET /object_info`; anything else gives an inventory without classes. */
export const inventoryFrom = (objectInfo: unknown): Inventory => atOnce(inventorySteps(objectInfo));

/** As `inventoryFrom`, with pauses. */
export function* inventorySteps(objectInfo: unknown): Steps<Inventory> {
  if (!isRecord(objectInfo)) return { classes: {} };
  const classes: [string, ClassInventory][] = [];
  for (const [name, info] of Object.entries(objectInfo)) {
    if (isRecord(info)) classes.push([name, yield* classInventory(name, info)]);
    if (isPause(classes.length)) yield undefined;
  }
  const sorted = yield* sortSteps(classes, ([left], [right]) => byCodeUnit(left, right));
  return { classes: Object.fromEntries(sorted) };
}

/** Hash this to see whether a node's inventory changed. */
export const canonicalSteps = ({ classes }: Inventory): Steps<string> => stringifySteps(classes);

/** The inventory of a class or undefined, safe for names such as `constructor`. */
export function classOf(inventory: Inventory, nodeClass: string): ClassInventory | undefined {
  return Object.hasOwn(inventory.classes, nodeClass) ? inventory.classes[nodeClass] : undefined;
}

/** As they were kept; what is no class any more, in an old or restored database, is left out. */
export function classesIn(stored: unknown): Inventory['classes'] {
  if (!isRecord(stored)) return {};
  const known = Object.entries(stored).filter(([, told]) => isClass(told));
  return Object.fromEntries(known) as Inventory['classes'];
}

const isClass = (told: unknown): boolean =>
  isRecord(told) &&
  isRecord(told['choices']) &&
  Object.values(told['choices']).every((values) => values === null || Array.isArray(values)) &&
  Array.isArray(told['required']) &&
  Array.isArray(told['uploadInputs']);

/** Distinct, in one order for every list: by type (1 and "1" are different choices), then by text. */
export function sortChoices(values: Iterable<ChoiceValue>): ChoiceValue[] {
  const distinct = [...new Set(values)];
  return ['boolean', 'number', 'string'].flatMap((type) =>
    distinct
      .filter((value) => typeof value === type)
      .toSorted((left, right) => byCodeUnit(String(left), String(right))),
  );
}

function* classInventory(nodeClass: string, info: Record<string, unknown>): Steps<ClassInventory> {
  const input = isRecord(info['input']) ? info['input'] : {};
  const required = specsOf(input['required']);
  const specs = [...required, ...specsOf(input['optional'])];
  const uploads = specs.filter((spec) => isUpload(nodeClass, spec)).map((spec) => spec.name);
  const choices: NamedChoices[] = [];
  for (const spec of specs) {
    if (uploads.includes(spec.name)) continue;
    const found = choicesOf(spec);
    choices.push(...found);
    if (found.some(([, values]) => isLong(values))) yield undefined;
  }
  return {
    outputNode: info['output_node'] === true,
    choices: Object.fromEntries(mergeByName(choices)),
    required: required
      .filter((spec) => !growingGroups.has(spec.type))
      .map((spec) => spec.name)
      .toSorted(byCodeUnit),
    uploadInputs: uploads.toSorted(byCodeUnit),
  };
}

const isLong = (values: ChoiceValue[] | null): boolean => (values?.length ?? 0) > 1_000;

interface InputSpec {
  name: string;
  type: unknown;
  options: Record<string, unknown>;
}

const growingGroups: ReadonlySet<unknown> = new Set(['COMFY_AUTOGROW_V3', 'COMFY_DYNAMICSLOT_V3']);

function specsOf(group: unknown): InputSpec[] {
  if (!isRecord(group)) return [];
  return Object.entries(group)
    .slice(0, inputsMax)
    .flatMap(([name, spec]) => {
      if (!Array.isArray(spec)) return [];
      const [type, options] = spec as unknown[];
      return [{ name, type, options: isRecord(options) ? options : {} }];
    });
}

function isUpload(nodeClass: string, spec: InputSpec): boolean {
  const flagged = Object.entries(spec.options).some(
    ([key, value]) => key.endsWith('_upload') && value === true,
  );
  return flagged || isUploadInput(nodeClass, spec.name);
}

type NamedChoices = [name: string, values: ChoiceValue[] | null];

function choicesOf(spec: InputSpec): NamedChoices[] {
  if (Array.isArray(spec.type)) return [[spec.name, scalars(spec.type)]];
  if (spec.type === 'COMBO') return [[spec.name, scalars(spec.options['options'])]];
  if (spec.type === 'COMFY_DYNAMICCOMBO_V3') return dynamicChoices(spec);
  return [];
}

/** The keys, and the combos behind each key under their dotted names (`format.codec`). */
function dynamicChoices({ name, options }: InputSpec): NamedChoices[] {
  if (!Array.isArray(options['options'])) return [[name, null]];
  const cases = options['options'].filter(isRecord);
  const nested = cases.flatMap((option) => {
    const input = isRecord(option['inputs']) ? option['inputs'] : {};
    const specs = [...specsOf(input['required']), ...specsOf(input['optional'])];
    return specs.flatMap((spec) => choicesOf({ ...spec, name: `${name}.${spec.name}` }));
  });
  return [[name, scalars(cases.map((option) => option['key']))], ...nested];
}

function scalars(values: unknown): ChoiceValue[] | null {
  if (!Array.isArray(values)) return null;
  const accepted = values
    .slice(0, choicesMax)
    .map(plainValue)
    .filter((value): value is ChoiceValue => ['string', 'number', 'boolean'].includes(typeof value));
  return accepted.length === 0 && values.length > 0 ? null : sortChoices(accepted);
}

function mergeByName(choices: NamedChoices[]): NamedChoices[] {
  const merged = new Map<string, ChoiceValue[] | null>();
  for (const [name, values] of choices) {
    const known = merged.get(name);
    if (known === undefined) merged.set(name, values);
    else merged.set(name, known === null || values === null ? null : sortChoices([...known, ...values]));
  }
  return [...merged].toSorted(([left], [right]) => byCodeUnit(left, right));
}
