/** Reads the file's nodes, links and definitions, in either encoding of links, and repairs nothing else. */
import { asNumber, isJsonObject } from '../../json/json.js';
import { flatMapSteps, type Steps } from '../../steps.js';
import { asList, asRecord, asText, idOf, type JsonRecord, slotOf } from '../values.js';

export interface FileInput {
  name: string;
  type: string;
  /** Id of the link that the file says ends here. */
  link?: string;
  /** The widget whose slot it is. */
  widget?: string;
}

export interface FileNode {
  id: string;
  type: string;
  mode: number;
  title?: string;
  /** Undefined where the file has none: links then count by slot of the class. */
  inputs?: FileInput[];
  outputTypes: string[];
  properties: JsonRecord;
  widgetsValues: unknown;
}

export interface FileLink {
  id: string;
  originId: string;
  originSlot: number;
  targetId: string;
  targetSlot: number;
}

export interface FileScope {
  /** Undefined for the root. */
  id?: string;
  name?: string;
  nodes: FileNode[];
  links: FileLink[];
  /** Names and types of a definition's slots. */
  inputs: { name: string; type: string }[];
  outputs: { name: string; type: string }[];
  /** The ids by which links name the definition's own slots. */
  inputNodeId: string;
  outputNodeId: string;
}

export interface WorkflowFile {
  root: FileScope;
  /** In the order in which the editor numbers their nodes: nested ones behind the definition that holds them. */
  definitions: FileScope[];
  groupNodes: JsonRecord;
  lastNodeId: number;
}

const maxDefinitions = 2_000;

/** Undefined when the value is no workflow of the editor. */
export function* readFileSteps(value: unknown): Steps<WorkflowFile | undefined> {
  if (!isUiWorkflow(value)) return undefined;
  const definitions: FileScope[] = [];
  const open = asList(asRecord(value.definitions).subgraphs).slice(0, maxDefinitions).toReversed();
  for (let next = open.pop(); next !== undefined && definitions.length < maxDefinitions; next = open.pop()) {
    const definition = asRecord(next);
    definitions.push(yield* readScope(definition));
    open.push(...asList(asRecord(definition.definitions).subgraphs).slice(0, maxDefinitions).toReversed());
  }
  return {
    root: yield* readScope(value),
    definitions,
    groupNodes: asRecord(asRecord(value.extra).groupNodes),
    lastNodeId: asNumber(value.last_node_id) ?? asNumber(asRecord(value.state).lastNodeId) ?? 0,
  };
}

/** Whether the value is what the editor saves, as against an API graph. */
export function isUiWorkflow(value: unknown): value is JsonRecord {
  return (
    isJsonObject(value) &&
    Array.isArray(value.nodes) &&
    (Array.isArray(value.links) || value.nodes.every(isJsonObject))
  );
}

function* readScope(scope: JsonRecord): Steps<FileScope> {
  return {
    ...(typeof scope.id === 'string' ? { id: scope.id } : {}),
    ...(typeof scope.name === 'string' ? { name: scope.name } : {}),
    nodes: yield* flatMapSteps(asList(scope.nodes), readNode),
    links: yield* flatMapSteps(asList(scope.links), readLink),
    inputs: asList(scope.inputs).map(readSlot),
    outputs: asList(scope.outputs).map(readSlot),
    inputNodeId: idOf(asRecord(scope.inputNode).id) ?? '-10',
    outputNodeId: idOf(asRecord(scope.outputNode).id) ?? '-20',
  };
}

export function readNode(value: unknown): FileNode[] {
  if (!isJsonObject(value)) return [];
  const id = idOf(value.id);
  const type = asText(value.type);
  if (id === undefined || type === undefined) return [];
  const title = asText(value.title);
  return [
    {
      id,
      type,
      mode: asNumber(value.mode) ?? 0,
      ...(title ? { title } : {}),
      ...(Array.isArray(value.inputs) ? { inputs: value.inputs.map(readInputSlot) } : {}),
      outputTypes: asList(value.outputs).map((output) => readSlot(output).type),
      properties: asRecord(value.properties),
      widgetsValues: value.widgets_values,
    },
  ];
}

function readInputSlot(value: unknown): FileInput {
  const slot = asRecord(value);
  const link = idOf(slot.link);
  const widget = asText(asRecord(slot.widget).name);
  return {
    ...readSlot(value),
    ...(link === undefined ? {} : { link }),
    ...(widget === undefined ? {} : { widget }),
  };
}

function readSlot(value: unknown): { name: string; type: string } {
  const slot = asRecord(value);
  return { name: asText(slot.name) ?? '', type: asText(slot.type) ?? '*' };
}

/** A link is a list or an object, whatever version the file names. */
function readLink(value: unknown): FileLink[] {
  const link = asRecord(value);
  const [id, originId, originSlot, targetId, targetSlot] = Array.isArray(value)
    ? (value as unknown[])
    : [link.id, link.origin_id, link.origin_slot, link.target_id, link.target_slot];
  const [linkId, from, to] = [idOf(id), idOf(originId), idOf(targetId)];
  if (linkId === undefined || from === undefined || to === undefined) return [];
  return [
    {
      id: linkId,
      originId: from,
      originSlot: slotOf(originSlot) ?? 0,
      targetId: to,
      targetSlot: slotOf(targetSlot) ?? 0,
    },
  ];
}
