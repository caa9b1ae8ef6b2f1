/**
 * What a node must have to run a graph, derived from the graph alone or, better, with the schemas of the
 * cluster at hand. Two graphs with equal needs give equal requirements apart from `nodeIds` and `images`.
 */
import { forwardSlashes, isModelFile, isUploadInput, type ChoiceValue } from './file-choice.js';
import { hiddenFilesSteps } from './hidden-files.js';
import { Fault } from '../../../../platform/fault.js';
import { atOnce, isPause, type Steps, takesAnyChoice } from '../../../comfyui/domain/index.js';
import { byCodeUnit, isLink, isRecord, plainValue, type Graph } from '../graph.js';

/** One combo value the graph uses. Model files are written with `/`, whatever the graph has. */
export interface RequiredChoice {
  class: string;
  input: string;
  value: ChoiceValue;
  nodeIds: string[];
}

/** A file the graph reads from the server's input folder, as the graph names it. */
export interface UploadReference {
  nodeId: string;
  field: string;
  value: string;
}

/** All lists are sorted and free of repetitions. */
export interface Requirements {
  nodeClasses: string[];
  choices: RequiredChoice[];
  /** Model files other than LoRAs, with `/`. */
  models: string[];
  /** LoRA files, with `/`. */
  loras: string[];
  images: UploadReference[];
  /** The input names each class is given: a class that demands more on some node cannot run there. */
  inputs: { class: string; names: string[] }[];
}

/** What is known of an input: `undefined` where no schema of its class has been seen. */
export type InputTest = (nodeClass: string, input: string) => boolean | undefined;

const unknown: InputTest = () => undefined;

/**
 * With `isCombo` a value counts as a choice when its input is a combo; where that is unknown, when it names a
 * model file. `isUpload` tells inputs filled by upload; the well-known ones need no schema. Fault invalid_graph: too many choices.
 */
export const requirementsOf = (
  graph: Graph,
  isCombo: InputTest = unknown,
  isUpload: InputTest = unknown,
): Requirements => atOnce(requirementsSteps(graph, isCombo, isUpload));

export function* requirementsSteps(
  graph: Graph,
  isCombo: InputTest = unknown,
  isUpload: InputTest = unknown,
): Steps<Requirements> {
  const nodes = Object.entries(graph);
  const isListed = heldTo(isCombo);
  const choices: ChoicesByKey = new Map();
  const images: UploadReference[] = [];
  for (const [nodeId, { class_type: nodeClass, inputs }] of nodes) {
    yield undefined;
    for (const [at, [field, literal]] of Object.entries(inputs).entries()) {
      if (isPause(at)) yield undefined;
      if (isLink(literal)) continue;
      for (const hidden of yield* hiddenFilesSteps(nodeClass, plainValue(literal)))
        addChoice(choices, hidden, nodeId);
      if (isUpload(nodeClass, field) ?? isUploadInput(nodeClass, field))
        images.push(...uploadsIn(literal, nodeId, field));
      else
        for (const value of chosenValues(literal, isListed(nodeClass, field)))
          addChoice(choices, { class: nodeClass, input: field, value }, nodeId);
    }
  }
  if (choices.size > choicesMax)
    throw new Fault('invalid_graph', `The graph names more than ${choicesMax} different files and choices.`);
  return {
    nodeClasses: distinct(nodes.map(([, node]) => node.class_type)),
    ...choicesAndFiles(choices),
    images: images.toSorted(byPlace),
    inputs: yield* inputNames(nodes),
  };
}

/** Whether a node must offer the value. */
const heldTo =
  (isCombo: InputTest): InputTest =>
  (nodeClass, input) =>
    takesAnyChoice(nodeClass, input) ? false : isCombo(nodeClass, input);

/** Needs that the graph does not show, such as a file which a node opens by itself. */
export interface ExtraRequirements {
  nodeClasses?: readonly string[] | undefined;
  choices?: readonly Omit<RequiredChoice, 'nodeIds'>[] | undefined;
}

export function extendRequirements(
  requirements: Requirements,
  extra: ExtraRequirements | undefined,
): Requirements {
  if (extra === undefined) return requirements;
  const choices: ChoicesByKey = new Map();
  for (const choice of requirements.choices)
    choices.set(choiceKey(choice), { choice, nodeIds: new Set(choice.nodeIds) });
  for (const choice of extra.choices ?? []) addChoice(choices, choice);
  return {
    ...requirements,
    nodeClasses: distinct([...requirements.nodeClasses, ...(extra.nodeClasses ?? [])]),
    ...choicesAndFiles(choices),
  };
}

/** Whether a file choice is a LoRA: residency and messages treat LoRAs apart from the models they patch. */
export function isLoraInput(input: string): boolean {
  return /lora/i.test(input);
}

/** They are sorted, hashed and compared with each node's lists in one go. */
const choicesMax = 5_000;

type ChoicesByKey = Map<string, { choice: Omit<RequiredChoice, 'nodeIds'>; nodeIds: Set<string> }>;

function choicesAndFiles(byKey: ChoicesByKey): Pick<Requirements, 'choices' | 'models' | 'loras'> {
  const choices = [...byKey]
    .toSorted(([left], [right]) => byCodeUnit(left, right))
    .map(([, { choice, nodeIds }]) => ({ ...choice, nodeIds: [...nodeIds].toSorted() }));
  const models: string[] = [];
  const loras: string[] = [];
  for (const { input, value } of choices)
    if (isModelFile(value)) (isLoraInput(input) ? loras : models).push(value);
  return { choices, models: distinct(models), loras: distinct(loras) };
}

function* inputNames(nodes: [string, Graph[string]][]): Steps<{ class: string; names: string[] }[]> {
  const seen = new Map<string, { class: string; names: string[] }>();
  for (const [, node] of nodes) {
    yield undefined;
    const names = distinct(Object.keys(node.inputs));
    seen.set(JSON.stringify([node.class_type, names]), { class: node.class_type, names });
  }
  return [...seen].toSorted(([left], [right]) => byCodeUnit(left, right)).map(([, entry]) => entry);
}

function addChoice(byKey: ChoicesByKey, added: Omit<RequiredChoice, 'nodeIds'>, nodeId?: string): void {
  const value = isModelFile(added.value) ? forwardSlashes(added.value) : added.value;
  const choice = { class: added.class, input: added.input, value };
  const key = choiceKey(choice);
  const known = byKey.get(key) ?? { choice, nodeIds: new Set() };
  byKey.set(key, known);
  if (nodeId !== undefined) known.nodeIds.add(nodeId);
}

const uploadsIn = (literal: unknown, nodeId: string, field: string): UploadReference[] =>
  typeof literal === 'string' ? [{ nodeId, field, value: literal }] : [];

const byPlace = (left: UploadReference, right: UploadReference): number =>
  byCodeUnit(left.nodeId, right.nodeId) || byCodeUnit(left.field, right.field);

/** `isCombo`: as far as that is known of the input. */
function chosenValues(literal: unknown, isCombo: boolean | undefined): ChoiceValue[] {
  if (isCombo === false) return [];
  const values = choiceValues(literal);
  return isCombo ? values : values.filter(isModelFile);
}

function choiceValues(literal: unknown): ChoiceValue[] {
  if (isRecord(literal) && Array.isArray(literal['__value__']))
    return literal['__value__'].slice(0, selectedMax).flatMap(plainChoices);
  return plainChoices(literal);
}

/** Of one list nobody selects more. */
const selectedMax = 1_000;

function plainChoices(literal: unknown): ChoiceValue[] {
  const plain = plainValue(literal);
  if (typeof plain === 'bigint') return [Number(plain)];
  return typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean' ? [plain] : [];
}

function choiceKey({ class: nodeClass, input, value }: Omit<RequiredChoice, 'nodeIds'>): string {
  return JSON.stringify([nodeClass, input, value]);
}

function distinct(values: string[]): string[] {
  return [...new Set(values)].toSorted();
}
