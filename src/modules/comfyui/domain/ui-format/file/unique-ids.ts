/**
 * Gives every node of the file an id of its own, as the editor does on load: the root keeps its ids, then definition
 * by definition an id that is taken becomes the next free number.
 */
import { flatMapSteps, type Steps } from '../../steps.js';
import type { FileScope, WorkflowFile } from './read-file.js';

export interface NumberedScope extends FileScope {
  /** The id that the file has for a node, to the one it was given. */
  renamed: Map<string, string>;
}

/** Far from where adding one no longer changes a number. */
const isCountable = (number: number): boolean => Number.isInteger(number) && number >= 0 && number < 2 ** 50;

export class NodeNumbers {
  private readonly taken = new Set<string>();

  private last: number;

  constructor(last: number) {
    this.last = isCountable(last) ? last : 0;
  }

  /** Undefined when the id was free. */
  claim(id: string): string | undefined {
    if (this.taken.has(id)) return this.next();
    this.taken.add(id);
    const number = Number(id);
    if (isCountable(number) && number > this.last) this.last = number;
    return undefined;
  }

  /** Takes an id without raising the counter. */
  take(id: string): boolean {
    if (this.taken.has(id)) return false;
    this.taken.add(id);
    return true;
  }

  next(): string {
    do this.last += 1;
    while (this.taken.has(String(this.last)));
    this.taken.add(String(this.last));
    return String(this.last);
  }
}

export interface NumberedFile {
  root: NumberedScope;
  definitions: NumberedScope[];
}

/** In place, on scopes that the reader has just made. */
export function* numberNodes(file: WorkflowFile, numbers: NodeNumbers): Steps<NumberedFile> {
  const again = file.root.nodes.filter(({ id }) => !numbers.take(id));
  // Links stay with the first of two nodes of one id.
  for (const node of again) node.id = numbers.next();
  return {
    root: { ...file.root, renamed: new Map() },
    definitions: yield* flatMapSteps(file.definitions, (definition) => [
      numberDefinition(definition, numbers),
    ]),
  };
}

function numberDefinition(definition: FileScope, numbers: NodeNumbers): NumberedScope {
  const renamed = new Map<string, string>();
  const seen = new Set<string>();
  const nodes = definition.nodes.filter(({ id }) => !seen.has(id) && seen.add(id));
  for (const node of nodes) {
    const given = numbers.claim(node.id);
    if (given === undefined) continue;
    renamed.set(node.id, given);
    node.id = given;
  }
  const own = new Set([definition.inputNodeId, definition.outputNodeId]);
  const follow = (id: string) => (own.has(id) ? id : (renamed.get(id) ?? id));
  const links = definition.links.map((link) => ({
    ...link,
    originId: follow(link.originId),
    targetId: follow(link.targetId),
  }));
  return { ...definition, nodes, links, renamed };
}
