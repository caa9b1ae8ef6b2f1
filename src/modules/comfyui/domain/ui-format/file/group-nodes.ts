/** Group nodes, the way before subgraphs (`extra.groupNodes`): each instance becomes a definition of its own. */
import type { Steps } from '../../steps.js';
import { loadInputs, loadWidgets } from '../links/load-node.js';
import { asList, asRecord, idOf, type JsonRecord, own, slotOf } from '../values.js';
import type { SpecOf } from '../widgets/class-spec.js';
import { type FileInput, type FileLink, type FileNode, readNode } from './read-file.js';
import type { NodeNumbers, NumberedFile, NumberedScope } from './unique-ids.js';

export interface GroupTools {
  /** `extra.groupNodes`: definitions by name. */
  groups: JsonRecord;
  numbers: NodeNumbers;
  specOf: SpecOf;
  maxNodes: number;
}

const prefix = /^workflow[>/]/;

/** Undefined when the instances would have more than `maxNodes` nodes together. */
export function* expandGroupNodes(
  numbered: NumberedFile,
  tools: GroupTools,
): Steps<NumberedFile | undefined> {
  const made: NumberedScope[] = [];
  const hosts = new Map<string, string>();
  let left = tools.maxNodes;
  for (const node of numbered.root.nodes) {
    const group = prefix.test(node.type) ? own(tools.groups, node.type.replace(prefix, '')) : undefined;
    if (group === undefined) continue;
    left -= asList(asRecord(group).nodes).length;
    if (left < 0) return undefined;
    yield undefined;
    const { definition, host } = expand(node, asRecord(group), tools);
    made.push(definition);
    hosts.set(node.id, host.id);
    Object.assign(node, host);
  }
  if (made.length === 0) return numbered;
  const follow = (id: string) => hosts.get(id) ?? id;
  const links = numbered.root.links.map((link) => ({
    ...link,
    originId: follow(link.originId),
    targetId: follow(link.targetId),
  }));
  return { root: { ...numbered.root, links }, definitions: [...numbered.definitions, ...made] };
}

function expand(node: FileNode, group: JsonRecord, { numbers, specOf }: GroupTools) {
  const inner = asList(group.nodes).flatMap((entry) => readNode({ ...asRecord(entry), id: numbers.next() }));
  const internal = asList(group.links).flatMap((entry) => readGroupLink(asList(entry), inner));
  shareValues(inner, asList(node.widgetsValues), specOf);
  const entries = openInputs(inner, internal, specOf);
  const exits = openOutputs(inner, internal, specOf);
  const id = numbers.next();
  const type = `group node ${id}`;
  const host: FileNode = { ...node, id, type, inputs: hostInputs(node, entries) };
  return { host, definition: definitionOf(type, { nodes: inner, internal, entries, exits }) };
}

/** The instance holds the inner nodes' values one after the other. */
function shareValues(inner: FileNode[], values: unknown[], specOf: SpecOf): void {
  let place = 0;
  for (const member of inner) {
    const spec = specOf(member.type);
    const count = spec
      ? loadWidgets(spec, member.widgetsValues).filter(({ saved }) => saved).length
      : asList(member.widgetsValues).length;
    if (count > 0 && place < values.length) member.widgetsValues = values.slice(place, place + count);
    place += count;
  }
}

interface Entry {
  nodeId: string;
  slot: number;
  name: string;
  type: string;
}

/** What is in a group and what it shows. */
interface Opened {
  nodes: FileNode[];
  internal: FileLink[];
  entries: Entry[];
  exits: Entry[];
}

function definitionOf(id: string, { nodes, internal, entries, exits }: Opened): NumberedScope {
  const [inputNodeId, outputNodeId] = ['-10', '-20'];
  const inward = entries.map((entry, slot) => ({
    id: `in ${slot}`,
    originId: inputNodeId,
    originSlot: slot,
    targetId: entry.nodeId,
    targetSlot: entry.slot,
  }));
  const outward = exits.map((exit, slot) => ({
    id: `out ${slot}`,
    originId: exit.nodeId,
    originSlot: exit.slot,
    targetId: outputNodeId,
    targetSlot: slot,
  }));
  return {
    id,
    nodes,
    links: [...internal, ...inward, ...outward],
    inputs: entries.map(({ name, type }) => ({ name, type })),
    outputs: exits.map(({ name, type }) => ({ name, type })),
    inputNodeId,
    outputNodeId,
    renamed: new Map(),
  };
}

/** `[source index, source slot, target index, target slot]`. */
function readGroupLink([source, sourceSlot, target, targetSlot]: unknown[], nodes: FileNode[]): FileLink[] {
  const [from, to] = [nodes[slotOf(source) ?? -1], nodes[slotOf(target) ?? -1]];
  if (from === undefined || to === undefined) return [];
  const [originSlot, inputSlot] = [slotOf(sourceSlot) ?? 0, slotOf(targetSlot) ?? 0];
  return [
    {
      id: `${from.id} ${originSlot} ${to.id} ${inputSlot}`,
      originId: from.id,
      originSlot,
      targetId: to.id,
      targetSlot: inputSlot,
    },
  ];
}

/** The inner nodes' inputs that nothing inside feeds, in order: they are the group's own. */
function openInputs(nodes: FileNode[], internal: FileLink[], specOf: SpecOf): Entry[] {
  const fed = new Set(internal.map(({ targetId, targetSlot }) => `${targetId} ${targetSlot}`));
  return nodes.flatMap((node) => {
    const spec = specOf(node.type);
    node.inputs ??= spec ? loadInputs(spec, [], node).map(({ name, type }) => ({ name, type })) : [];
    return node.inputs.flatMap(({ name, type }, slot) =>
      fed.has(`${node.id} ${slot}`) ? [] : [{ nodeId: node.id, slot, name, type }],
    );
  });
}

/** Outputs that nothing inside takes, in order. */
function openOutputs(nodes: FileNode[], internal: FileLink[], specOf: SpecOf): Entry[] {
  const taken = new Set(internal.map(({ originId, originSlot }) => `${originId} ${originSlot}`));
  return nodes.flatMap((node) => {
    const types = specOf(node.type)?.outputTypes ?? node.outputTypes;
    return types.flatMap((type, slot) =>
      taken.has(`${node.id} ${slot}`) ? [] : [{ nodeId: node.id, slot, name: `${node.id} ${slot}`, type }],
    );
  });
}

/** The instance's slots stand in the order of the group's; their names may carry the inner node's title. */
function hostInputs({ inputs }: FileNode, entries: Entry[]): FileInput[] {
  const names = new Map<string, number>();
  for (const entry of entries) {
    const times = (names.get(entry.name) ?? 0) + 1;
    names.set(entry.name, times);
    if (times > 1) entry.name = `${entry.name} ${times}`;
  }
  return (inputs ?? []).map((input, slot) => ({
    ...input,
    name: entries[slot]?.name ?? idOf(input.name) ?? '',
  }));
}
