/** What the cluster as a whole can run, for a look at a graph before any node is chosen. */
import {
  byCodeUnit,
  forwardSlashes,
  isModelFile,
  type ChoiceValue,
  type InputTest,
} from '../../../workflows/domain/index.js';
import { classOf, sortChoices, type ClassInventory, type Inventory } from './inventory.js';

/**
 * Classes of any node; choices merged, model files with `/`. An input is required only if every node that has
 * the class demands it, and its values are unknown (null) as soon as one node does not list them. Linear in the
 * inventories: give each distinct one once.
 */
export function unionOf(inventories: Iterable<Inventory>): Inventory {
  const classes = new Map<string, ClassUnion>();
  for (const inventory of inventories)
    for (const [name, added] of Object.entries(inventory.classes)) {
      const known = classes.get(name);
      if (known === undefined) classes.set(name, begin(added));
      else add(known, added);
    }
  const sorted = [...classes].toSorted(([left], [right]) => byCodeUnit(left, right));
  return { classes: Object.fromEntries(sorted.map(([name, union]) => [name, finish(union)])) };
}

/** The tests `requirementsOf` takes; undefined for classes and inputs no node declares as a combo. */
export function inputTestsOf(union: Inventory): { isCombo: InputTest; isUpload: InputTest } {
  return {
    isCombo: (nodeClass, input) => {
      const known = classOf(union, nodeClass);
      if (known === undefined) return undefined;
      if (Object.hasOwn(known.choices, input)) return true;
      return known.required.includes(input) ? false : undefined;
    },
    isUpload: (nodeClass, input) => classOf(union, nodeClass)?.uploadInputs.includes(input),
  };
}

interface ClassUnion {
  outputNode: boolean;
  choices: Map<string, Set<ChoiceValue> | null>;
  required: string[];
  uploadInputs: Set<string>;
}

function begin(first: ClassInventory): ClassUnion {
  const union = {
    outputNode: false,
    choices: new Map(),
    required: first.required,
    uploadInputs: new Set<string>(),
  };
  add(union, first);
  return union;
}

function add(union: ClassUnion, { outputNode, choices, required, uploadInputs }: ClassInventory): void {
  union.outputNode ||= outputNode;
  union.required = union.required.filter((name) => required.includes(name));
  for (const name of uploadInputs) union.uploadInputs.add(name);
  for (const [name, values] of Object.entries(choices)) {
    const known = union.choices.get(name);
    if (values === null || known === null) union.choices.set(name, null);
    else union.choices.set(name, withAll(known ?? new Set(), values));
  }
}

function withAll(known: Set<ChoiceValue>, values: ChoiceValue[]): Set<ChoiceValue> {
  for (const value of values) known.add(isModelFile(value) ? forwardSlashes(value) : value);
  return known;
}

function finish({ outputNode, choices, required, uploadInputs }: ClassUnion): ClassInventory {
  const sorted = [...choices].toSorted(([left], [right]) => byCodeUnit(left, right));
  return {
    outputNode,
    choices: Object.fromEntries(sorted.map(([name, values]) => [name, values && sortChoices(values)])),
    required,
    uploadInputs: [...uploadInputs].toSorted(),
  };
}
