/** What the cluster as a whole can run, for a look at a graph before any node is chosen. */
import type { InputTest } from '../../../workflows/domain/index.js';
import { classOf, type ClassInventory, type Inventory } from './inventory.js';

/** Of many inventories; a class is taken together when it is asked for, so that thousands of nodes hold nobody up. */
export interface Union {
  inventories: readonly Inventory[];
  /** Nothing is known of any class. */
  isEmpty: boolean;
  /** Undefined for a class that no node has. */
  classOf: (name: string) => ClassUnion | undefined;
}

export interface ClassUnion {
  outputNode: boolean;
  /** Inputs that any node declares as a combo. */
  combos: ReadonlySet<string>;
  /** Inputs that every node with the class demands. */
  required: readonly string[];
  uploadInputs: ReadonlySet<string>;
}

/** Give each distinct inventory once. They must not change. */
export function unionOf(inventories: readonly Inventory[]): Union {
  // Only of classes that there are: strangers may ask for any number of others.
  const known = new Map<string, ClassUnion>();
  return {
    inventories,
    isEmpty: inventories.every(({ classes }) => Object.keys(classes).length === 0),
    classOf: (name) => {
      const union = known.get(name) ?? together(inventories.flatMap((each) => classOf(each, name) ?? []));
      if (union !== undefined) known.set(name, union);
      return union;
    },
  };
}

/** The tests `requirementsOf` takes; undefined for classes and inputs no node declares as a combo. */
export function inputTestsOf(union: Union): { isCombo: InputTest; isUpload: InputTest } {
  return {
    isCombo: (nodeClass, input) => {
      const known = union.classOf(nodeClass);
      if (known === undefined) return undefined;
      if (known.combos.has(input)) return true;
      return known.required.includes(input) ? false : undefined;
    },
    isUpload: (nodeClass, input) => union.classOf(nodeClass)?.uploadInputs.has(input),
  };
}

function together(classes: readonly ClassInventory[]): ClassUnion | undefined {
  const [first] = classes;
  if (first === undefined) return undefined;
  return {
    outputNode: classes.some(({ outputNode }) => outputNode),
    combos: new Set(classes.flatMap(({ choices }) => Object.keys(choices))),
    required: first.required.filter((name) => classes.every(({ required }) => required.includes(name))),
    uploadInputs: new Set(classes.flatMap(({ uploadInputs }) => uploadInputs)),
  };
}
