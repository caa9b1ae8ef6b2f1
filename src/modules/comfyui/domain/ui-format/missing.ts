/** What a file needs and nobody has: classes, definitions; and definitions that hold themselves. */
import { isPause, type Steps } from '../steps.js';
import type { FileNode } from './file/read-file.js';
import type { LoadedNode, Scope } from './links/scope.js';
import type { MissingClass, PackReference, UiFault } from './types.js';
import type { NumberedScope } from './file/unique-ids.js';

const asleep = ({ mode }: FileNode): boolean => mode === 2 || mode === 4;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** So many are told: who has them asks again. */
const maxFaults = 200;

/** What the file asks for and nobody has: a fault for each class, with the pack that would bring it, and each definition. */
export function* missingIn(scopes: Scope[]): Steps<UiFault[]> {
  const byClass = new Map<string, LoadedNode[]>();
  const faults: UiFault[] = [];
  let count = 0;
  for (const { nodes } of scopes)
    for (const node of nodes.values()) {
      if (isPause(count++)) yield undefined;
      if (node.kind !== 'missing' || asleep(node.file)) continue;
      const { type } = node.file;
      const known = byClass.get(type);
      if (known) known.push(node);
      else if (faults.length + byClass.size >= maxFaults) continue;
      else if (uuid.test(type)) faults.push(missingDefinition(node));
      else byClass.set(type, [node]);
    }
  return [...faults, ...[...byClass].map(missingClass)];
}

function missingClass([nodeClass, found]: [string, LoadedNode[]]): UiFault {
  const missing: MissingClass = {
    nodeClass,
    nodeIds: found.map(({ id }) => id),
    pack: packOf(found[0]!.file),
  };
  return { code: 'missing_class', message: sentence(missing), missing };
}

/** A node whose type is a definition's id that the file lacks. */
const missingDefinition = ({ id, file }: LoadedNode): UiFault => ({
  code: 'missing_subgraph',
  message: `Node ${id} shows the subgraph ${file.type}, which the file does not hold`,
  nodeId: id,
});

function sentence({ nodeClass, nodeIds, pack }: MissingClass): string {
  const name = pack.cnrId ?? pack.auxId;
  const from =
    name === undefined ? '' : ` (pack ${name}${pack.version === undefined ? '' : ` ${pack.version}`})`;
  return `No node has the class "${nodeClass}"${from}, used by ${nodeIds.length === 1 ? `node ${nodeIds[0]}` : `${nodeIds.length} nodes`}`;
}

function packOf({ properties: { cnr_id: cnrId, aux_id: auxId, ver } }: FileNode): PackReference {
  return {
    ...(typeof cnrId === 'string' ? { cnrId } : {}),
    ...(typeof auxId === 'string' ? { auxId } : {}),
    ...(typeof ver === 'string' ? { version: ver } : {}),
  };
}

const maxDepth = 64;

/** Definitions that hold themselves, which the editor cannot load either, or each other too deeply. */
export function unusableDefinitions(root: NumberedScope, definitions: NumberedScope[]): UiFault | undefined {
  const byId = new Map(definitions.toReversed().map((definition) => [definition.id ?? '', definition]));
  const done = new Set<NumberedScope>();
  const path = new Set<NumberedScope>();
  const stack = [{ scope: root, hosts: hostsOf(root, byId) }];
  path.add(root);
  while (stack.length > 0) {
    const { scope, hosts } = stack.at(-1)!;
    const next = hosts.pop();
    if (next === undefined) {
      path.delete(scope);
      done.add(scope);
      stack.pop();
    } else if (path.has(next)) {
      return { code: 'recursive_subgraph', message: `The subgraph "${next.name ?? next.id}" holds itself` };
    } else if (!done.has(next)) {
      if (path.size > maxDepth)
        return { code: 'too_large', message: `Subgraphs lie in subgraphs more than ${maxDepth} deep` };
      path.add(next);
      stack.push({ scope: next, hosts: hostsOf(next, byId) });
    }
  }
  return undefined;
}

function hostsOf({ nodes }: NumberedScope, byId: Map<string, NumberedScope>): NumberedScope[] {
  return [...new Set(nodes.flatMap(({ type }) => byId.get(type) ?? []))];
}
