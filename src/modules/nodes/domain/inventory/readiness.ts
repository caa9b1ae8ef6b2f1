/**
 * Whether a node can run a graph, with every reason when not. A file is the same file when its name is equal
 * after `\` became `/`; then, as far as the policy goes, when it is the only one equal without regard to case,
 * or the only one with that base name. Adding a file to a node never makes a ready graph unready, except that a
 * second file of the same base name can make a loose spelling ambiguous. Final truth is the server's own answer.
 */
import {
  forwardSlashes,
  isLink,
  isLoraInput,
  isModelFile,
  isRecord,
  type ChoiceValue,
  type Graph,
  type RequiredChoice,
  type Requirements,
} from '../../../workflows/domain/index.js';
import { hasEmbedding, isEmbedding } from './embeddings.js';
import { classOf, type Inventory } from './inventory.js';
import { nearestName } from './nearest-name.js';

/** How far a file's spelling may differ; each step includes the ones before. */
export type SpellingPolicy = 'separators' | 'case' | 'basename';

/** `value` (with `/`) is `spelling` on this node. */
export interface Spelling {
  class: string;
  input: string;
  value: string;
  spelling: string;
}

/** `nearest` is the most similar name the node has for the same input. */
export interface MissingChoice {
  class: string;
  input: string;
  value: ChoiceValue;
  nearest?: string;
}

export interface MissingNeeds {
  classes: string[];
  models: MissingChoice[];
  loras: MissingChoice[];
  choices: MissingChoice[];
  /** Inputs this node's version of a class demands and the graph does not give. */
  inputs: { class: string; input: string }[];
}

export type Readiness = { ready: true; spelling: Spelling[] } | { ready: false; missing: MissingNeeds };

export function readinessOf(
  requirements: Requirements,
  inventory: Inventory,
  policy: SpellingPolicy = 'basename',
): Readiness {
  const missing: MissingNeeds = {
    classes: requirements.nodeClasses.filter((nodeClass) => classOf(inventory, nodeClass) === undefined),
    models: [],
    loras: [],
    choices: [],
    inputs: missingInputs(requirements, inventory),
  };
  const spelling: Spelling[] = [];
  for (const choice of requirements.choices) {
    const found = isEmbedding(choice)
      ? findEmbedding(choice, inventory)
      : findChoice(choice, inventory, policy);
    if (found.kind === 'spelled') spelling.push(found.spelling);
    if (found.kind === 'missing') missing[found.list].push(found.choice);
  }
  const complete = Object.values(missing).every((list: unknown[]) => list.length === 0);
  return complete ? { ready: true, spelling } : { ready: false, missing };
}

/** The graph in the node's own spelling; only file choices change, and the graph given stays as it is. */
export function respell(graph: Graph, spelling: readonly Spelling[]): Graph {
  const nodes = Object.entries(graph).map(([id, node]) => {
    const inputs = Object.entries(node.inputs).map(([name, literal]) => {
      const entries = spelling.filter((entry) => entry.class === node.class_type && entry.input === name);
      return [name, isLink(literal) ? literal : respelled(literal, entries)] as const;
    });
    return [id, { ...node, inputs: Object.fromEntries(inputs) }] as const;
  });
  return Object.fromEntries(nodes);
}

function respelled(literal: unknown, entries: Spelling[]): unknown {
  if (typeof literal === 'string') {
    const path = forwardSlashes(literal);
    return entries.find((entry) => forwardSlashes(entry.value) === path)?.spelling ?? literal;
  }
  if (isRecord(literal) && Array.isArray(literal['__value__']))
    return { ...literal, __value__: literal['__value__'].map((item: unknown) => respelled(item, entries)) };
  return literal;
}

type Found =
  | { kind: 'present' }
  | { kind: 'spelled'; spelling: Spelling }
  | { kind: 'missing'; list: 'models' | 'loras' | 'choices'; choice: MissingChoice };

const findEmbedding = (choice: RequiredChoice, inventory: Inventory): Found =>
  hasEmbedding(inventory, choice.value) ? { kind: 'present' } : missingChoice(choice, [], true);

function findChoice(choice: RequiredChoice, inventory: Inventory, policy: SpellingPolicy): Found {
  const known = classOf(inventory, choice.class);
  // What a missing class would load is missing too, unless the node lists it for another class.
  if (known === undefined)
    return isListedFile(choice.value, inventory) ? { kind: 'present' } : missingChoice(choice, [], true);
  // An input that a class does not list as a combo is accepted by the server.
  if (!Object.hasOwn(known.choices, choice.input)) return { kind: 'present' };
  const values = known.choices[choice.input] ?? null;
  if (values === null || known.uploadInputs.includes(choice.input)) return { kind: 'present' };
  const { class: nodeClass, input, value } = choice;
  const isFile = isModelFile(value) || values.some(isModelFile);
  if (!isFile || typeof value !== 'string')
    return values.includes(value) ? { kind: 'present' } : missingChoice(choice, values, false);
  const spelling = spellingOf(
    value,
    values.filter((name) => typeof name === 'string'),
    policy,
  );
  return spelling === undefined
    ? missingChoice(choice, values, true)
    : { kind: 'spelled', spelling: { class: nodeClass, input, value, spelling } };
}

/** Whether the value is no file, or one of a name that the node lists anywhere. */
function isListedFile(value: ChoiceValue, inventory: Inventory): boolean {
  if (typeof value !== 'string' || !isModelFile(value)) return true;
  const name = baseName(value);
  return Object.values(inventory.classes).some(({ choices }) =>
    Object.values(choices).some((values) =>
      values?.some((other) => typeof other === 'string' && baseName(other) === name),
    ),
  );
}

function missingChoice(choice: RequiredChoice, values: ChoiceValue[], isFile: boolean): Found {
  const { class: nodeClass, input, value } = choice;
  const nearest = typeof value === 'string' ? nearestName(value, values) : undefined;
  const list = !isFile ? 'choices' : isLoraInput(input) ? 'loras' : 'models';
  return {
    kind: 'missing',
    list,
    choice: { class: nodeClass, input, value, ...(nearest === undefined ? {} : { nearest }) },
  };
}

function spellingOf(value: string, names: string[], policy: SpellingPolicy): string | undefined {
  if (names.includes(value)) return value;
  const path = forwardSlashes(value);
  const equal = names.find((name) => forwardSlashes(name) === path);
  if (equal !== undefined || policy === 'separators') return equal;
  const folded = path.toLowerCase();
  const sameIgnoringCase = names.filter((name) => forwardSlashes(name).toLowerCase() === folded);
  if (sameIgnoringCase.length > 0 || policy === 'case') return only(sameIgnoringCase);
  return only(names.filter((name) => baseName(name) === baseName(path)));
}

function only(names: string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function baseName(path: string): string {
  const slashed = forwardSlashes(path);
  return slashed.slice(slashed.lastIndexOf('/') + 1);
}

function missingInputs(requirements: Requirements, inventory: Inventory): { class: string; input: string }[] {
  const missing = requirements.inputs.flatMap(({ class: nodeClass, names }) => {
    const required = classOf(inventory, nodeClass)?.required ?? [];
    return required
      .filter((input) => !names.some((name) => name === input || name.startsWith(`${input}.`)))
      .map((input) => ({ class: nodeClass, input }));
  });
  return [...new Map(missing.map((entry) => [JSON.stringify(entry), entry])).values()];
}
