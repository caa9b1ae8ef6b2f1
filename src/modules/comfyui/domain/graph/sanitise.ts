/**
 * Makes a graph safe to send: one bad prompt can kill a node's worker thread or its whole process.
 * Guarantees for an accepted graph: every node has a string `class_type`, an object of `inputs` and a title; every
 * value the server would follow as a link is `[existing node id, slot ≥ 0]`, declared input or not; there is no
 * cycle; when output classes are known, every node leads to an output. Accepting is idempotent, nothing is thrown.
 */
import { ancestorsSteps, asLink, findCycleSteps, titleOf, type Graph, type GraphNode } from './graph.js';
import { isJsonObject, isLosslessNumber } from '../json/json.js';
import { stringifySteps } from '../json/json-write.js';
import { atOnce, isPause, type Steps } from '../steps.js';
import { looksLikeLink, valueFaultSteps } from './input-values.js';

export type GraphFaultCode =
  | 'not_an_object'
  | 'empty'
  | 'too_large'
  | 'bad_node_id'
  | 'bad_node'
  | 'missing_class_type'
  | 'bad_inputs'
  | 'bad_input_name'
  | 'bad_link'
  | 'wrapped_link'
  | 'bad_value'
  | 'cycle'
  | 'no_outputs';

export interface GraphFault {
  code: GraphFaultCode;
  /** One sentence for the author of the graph. */
  message: string;
  nodeId?: string;
  inputName?: string;
}

export interface SanitiseOptions {
  /** Whether a class is an output node; undefined when not known, which keeps its nodes. Without it nothing is dropped. */
  outputClasses?: (classType: string) => boolean | undefined;
  /** Default 5,000. */
  maxNodes?: number;
  /** Of the graph as JSON text; default 16 MiB. */
  maxBytes?: number;
}

export type SanitisedPrompt =
  /** `text` is the graph as JSON, every number with its own digits; `dropped` are ids of nodes that feed no output. */
  { ok: true; graph: Graph; text: string; dropped: string[] } | { ok: false; faults: GraphFault[] };

/** Of one graph, unless an option says otherwise. */
export const nodesMax = 5_000;
const maxFaults = 50;
const maxNodeIdLength = 256;
const maxClassTypeLength = 512;

/** `raw` is the value of `prompt`, best from `parseJson`, so that no digit is lost. */
export const sanitisePrompt = (raw: unknown, options: SanitiseOptions = {}): SanitisedPrompt =>
  atOnce(sanitiseSteps(raw, options));

export function* sanitiseSteps(raw: unknown, options: SanitiseOptions = {}): Steps<SanitisedPrompt> {
  const { maxNodes = nodesMax, maxBytes = 16 * 1024 * 1024 } = options;
  if (!isJsonObject(raw))
    return refuse([{ code: 'not_an_object', message: 'The prompt is not an object of nodes' }]);
  const entries = Object.entries(raw);
  if (entries.length === 0) return refuse([{ code: 'empty', message: 'The prompt has no nodes' }]);
  if (entries.length > maxNodes) return tooLarge(`The prompt has more than ${maxNodes} nodes`);
  const faults: GraphFault[] = [];
  for (const [id, node] of entries) {
    faults.push(...(yield* nodeFaults(raw, id, node)));
    if (faults.length >= maxFaults) break;
    yield undefined;
  }
  if (faults.length > 0) return refuse(faults);
  const clean: Graph = {};
  for (const [id, node] of entries) {
    clean[id] = cleanNode(node as GraphNode);
    yield undefined;
  }
  return yield* finish(clean, options, maxBytes);
}

function* finish(complete: Graph, options: SanitiseOptions, maxBytes: number): Steps<SanitisedPrompt> {
  const kept = yield* keptIds(complete, options.outputClasses);
  if (kept.size === 0)
    return refuse([{ code: 'no_outputs', message: 'No node of the prompt is an output node' }]);
  const graph = Object.fromEntries(Object.entries(complete).filter(([id]) => kept.has(id)));
  const nodeId = yield* findCycleSteps(graph);
  if (nodeId !== undefined)
    return refuse([{ code: 'cycle', message: `Node ${nodeId} depends on itself through its links`, nodeId }]);
  const text = yield* stringifySteps(graph);
  yield undefined;
  if (Buffer.byteLength(text) > maxBytes) return tooLarge(`The prompt is larger than ${maxBytes} bytes`);
  return { ok: true, graph, text, dropped: Object.keys(complete).filter((id) => !kept.has(id)) };
}

function* keptIds(graph: Graph, outputClasses: SanitiseOptions['outputClasses']): Steps<Set<string>> {
  if (!outputClasses) return new Set(Object.keys(graph));
  const roots = Object.keys(graph).filter((id) => outputClasses(graph[id]!.class_type) !== false);
  return yield* ancestorsSteps(graph, roots);
}

function* nodeFaults(raw: Record<string, unknown>, nodeId: string, node: unknown): Steps<GraphFault[]> {
  const fault = (code: GraphFaultCode, message: string): GraphFault[] => [{ code, message, nodeId }];
  // No editor makes such ids, and code that assigns by key would change a prototype.
  if (nodeId === '__proto__' || nodeId.length > maxNodeIdLength)
    return [{ code: 'bad_node_id', message: 'A node id is not usable' }];
  if (!isJsonObject(node)) return fault('bad_node', `Node ${nodeId} is not an object`);
  const { class_type: classType, inputs } = node;
  if (typeof classType !== 'string' || classType === '' || classType.length > maxClassTypeLength)
    return fault('missing_class_type', `Node ${nodeId} has no class_type`);
  if (!isJsonObject(inputs)) return fault('bad_inputs', `Node ${nodeId} (${classType}) has no inputs object`);
  const faults: GraphFault[] = [];
  for (const [at, [inputName, value]] of Object.entries(inputs).entries()) {
    if (isPause(at)) yield undefined;
    const found = yield* inputFault(raw, inputName, value);
    if (found)
      faults.push({
        code: found[0],
        message: `Node ${nodeId}, ${inputName}: ${found[1]}`,
        nodeId,
        inputName,
      });
    if (faults.length >= maxFaults) break;
  }
  return faults;
}

function* inputFault(
  raw: Record<string, unknown>,
  inputName: string,
  value: unknown,
): Steps<[GraphFaultCode, string] | undefined> {
  if (inputName === '__proto__') return ['bad_input_name', 'not a usable input name'];
  const link = asLink(value);
  if (link)
    return Object.hasOwn(raw, link.nodeId) ? undefined : ['bad_link', `no node ${link.nodeId} to link to`];
  if (looksLikeLink(value, (id) => Object.hasOwn(raw, id)))
    return ['bad_link', 'a link is [node id as a string, slot as an integer from 0]'];
  // The server unwraps such a list and would then follow it as a link, past every check.
  if (isJsonObject(value) && looksLikeLink(value.__value__, () => false))
    return ['wrapped_link', 'a wrapped list must not have the shape of a link'];
  const problem = yield* valueFaultSteps(value);
  return problem ? ['bad_value', problem] : undefined;
}

// Other keys are left out: `is_changed`, found in file metadata, would override the server's own cache check.
function cleanNode(node: GraphNode): GraphNode {
  const inputs = Object.entries(node.inputs).map(([name, value]) => [name, cleanValue(value)] as const);
  return {
    inputs: Object.fromEntries(inputs),
    class_type: node.class_type,
    _meta: { title: titleOf(node) },
  };
}

function cleanValue(value: unknown): unknown {
  const link = asLink(value);
  return link && isLosslessNumber((value as unknown[])[1]) ? [link.nodeId, link.slot] : value;
}

function tooLarge(message: string): SanitisedPrompt {
  return refuse([{ code: 'too_large', message }]);
}

function refuse(faults: GraphFault[]): SanitisedPrompt {
  return { ok: false, faults: faults.slice(0, maxFaults) };
}
