/**
 * Decides over a sanitised graph as ComfyUI does before it queues one, in its order and words, on the schemas of the
 * whole cluster: every node's class first, then the inputs of all nodes upstream of an output. What passes here can run
 * on some node as far as each single need goes; the node's own answer stays the last word.
 */
import { asLink, type Graph, type GraphNode } from '../graph/graph.js';
import { isJsonObject } from '../json/json.js';
import { atOnce, isPause, type Steps } from '../steps.js';
import { blameSteps } from './blame.js';
import { inputsOfNode } from './dynamic-inputs.js';
import {
  badLink,
  badSlot,
  conversionFailed,
  innerException,
  inputMissing,
  noSuchFile,
  notInList,
  outOfRange,
  outsideException,
  typeMismatch,
  type InputError,
} from './input-errors.js';
import { choicesOf, typesFit, type ClassSchema, type InputSchema } from './object-schema.js';
import { takesAnyChoice } from './own-judgement.js';
import { missingClass, noOutputs, outputsFailed, type PromptError } from './prompt-errors.js';
import { conversionFault, equals, numeric } from './python-value.js';

export interface ValidationContext {
  schemaOf: (nodeClass: string) => ClassSchema | undefined;
  /** Whether the input names a file that is uploaded. */
  isUpload: (nodeClass: string, input: string) => boolean;
  fileExists: (value: string) => boolean;
  /** Whether a file is put there that the server is not asked about. */
  isPlaced?: (nodeId: string, input: string) => boolean;
}

export interface NodeErrors {
  [nodeId: string]: { errors: InputError[]; dependent_outputs: string[]; class_type: string };
}

export type Validation =
  /** `outputs` are the output nodes that can run; the others are told in `nodeErrors`. */
  | { ok: true; outputs: string[]; nodeErrors: NodeErrors }
  | { ok: false; error: PromptError; nodeErrors: NodeErrors };

/** `graph` has no cycle and no link to a missing node. `targets` are the output nodes that are wanted, all if undefined. */
export const validatePrompt = (
  graph: Graph,
  targets: readonly string[] | undefined,
  context: ValidationContext,
): Validation => atOnce(validateSteps(graph, targets, context));

export function* validateSteps(
  graph: Graph,
  targets: readonly string[] | undefined,
  context: ValidationContext,
): Steps<Validation> {
  const outputs: string[] = [];
  const wanted = targets && new Set(targets);
  for (const [id, node] of Object.entries(graph)) {
    const schema = context.schemaOf(node.class_type);
    if (schema === undefined) return { ok: false, error: missingClass(id, node), nodeErrors: {} };
    if (schema.isOutputNode && (wanted === undefined || wanted.has(id))) outputs.push(id);
  }
  if (outputs.length === 0) return { ok: false, error: noOutputs, nodeErrors: {} };
  return yield* judge(graph, outputs, yield* errorsByNode(graph, context));
}

function* judge(graph: Graph, outputs: string[], errors: Map<string, InputError[]>): Steps<Validation> {
  const nodeErrors: NodeErrors = {};
  const { spoiled, byFault } = yield* blameSteps(graph, outputs, (id) => errors.has(id));
  const ownOutputs = new Set(outputs);
  for (const [id, dependent_outputs] of byFault)
    nodeErrors[id] = {
      errors: toldOf(errors.get(id) ?? [], ownOutputs.has(id)),
      dependent_outputs,
      class_type: graph[id]?.class_type ?? '',
    };
  const good = outputs.filter((id) => !spoiled.has(id));
  if (good.length > 0) return { ok: true, outputs: good, nodeErrors };
  const own = outputs
    .flatMap((id) => toldOf(errors.get(id) ?? [], true))
    .map(({ message, details }) => `${message}: ${details}`);
  return { ok: false, error: outputsFailed(own.join('\n')), nodeErrors };
}

/** A slot that is not there ends the server's look at the node, and is told as its caller sees it. */
function toldOf(errors: InputError[], isOutput: boolean): InputError[] {
  const fatal = isOutput && errors.find(({ type }) => type === innerException);
  return fatal ? [outsideException(fatal)] : errors;
}

/** Of more wrong inputs than these none is told; their nodes are wrong all the same. */
const errorsMax = 1_000;

function* errorsByNode(graph: Graph, context: ValidationContext): Steps<Map<string, InputError[]>> {
  const found = new Map<string, InputError[]>();
  let count = 0;
  for (const [id, node] of Object.entries(graph)) {
    const errors: InputError[] = [];
    const schema = context.schemaOf(node.class_type);
    for (const [at, input] of (schema ? inputsOfNode(schema, node.inputs) : []).entries()) {
      if (isPause(at)) yield undefined;
      if (!context.isPlaced?.(id, input.name)) errors.push(...checkInput(graph, node, input, context));
    }
    yield undefined;
    if (errors.length > 0) found.set(id, count < errorsMax ? errors : []);
    count += errors.length;
  }
  return found;
}

function checkInput(
  graph: Graph,
  node: GraphNode,
  input: InputSchema,
  context: ValidationContext,
): InputError[] {
  const value = Object.hasOwn(node.inputs, input.name) ? node.inputs[input.name] : undefined;
  if (value === undefined) return input.required ? [inputMissing(input)] : [];
  if (Array.isArray(value)) return checkLink(graph, input, value, context);
  if (takesAnyChoice(node.class_type, input.name)) return [];
  return context.isUpload(node.class_type, input.name)
    ? checkFile(input, value, context)
    : checkLiteral(input, value);
}

/** A class that takes its file as a text opens it when it runs, and not at all when it is empty. */
const checkFile = (input: InputSchema, value: unknown, { fileExists }: ValidationContext): InputError[] =>
  input.config[0] === 'STRING' || typeof value !== 'string' || fileExists(value)
    ? []
    : [noSuchFile(input, value)];

function checkLink(
  graph: Graph,
  input: InputSchema,
  value: unknown[],
  context: ValidationContext,
): InputError[] {
  const link = asLink(value);
  const source = link && graph[link.nodeId];
  if (!link || !source) return [badLink(input, value)];
  const outputs = context.schemaOf(source.class_type)?.outputs ?? [];
  if (link.slot >= outputs.length) return [badSlot(input, value)];
  const received = outputs[link.slot];
  return typesFit(received, input.config[0]) ? [] : [typeMismatch(input, received, value)];
}

function checkLiteral(input: InputSchema, literal: unknown): InputError[] {
  const value = isJsonObject(literal) && '__value__' in literal ? literal.__value__ : literal;
  const [type, options] = input.config;
  const fault = conversionFault(type, value);
  if (fault !== undefined) return [conversionFailed(input, value, fault)];
  const range = checkRange(input, value, isJsonObject(options) ? options : {});
  return range.length > 0 ? range : checkChoice(input, value);
}

function checkRange(input: InputSchema, value: unknown, { min, max }: Record<string, unknown>): InputError[] {
  const [type] = input.config;
  if (type !== 'INT' && type !== 'FLOAT') return [];
  const number = numeric(value);
  const [low, high] = [numeric(min), numeric(max)];
  if (number === undefined) return [];
  if (low !== undefined && number < low) return [outOfRange(input, value, 'min', min)];
  return high !== undefined && number > high ? [outOfRange(input, value, 'max', max)] : [];
}

function checkChoice(input: InputSchema, value: unknown): InputError[] {
  const choices = choicesOf(input.config);
  if (choices === undefined) return [];
  const options = input.config[1];
  const isSeveral = isJsonObject(options) && options.multiselect === true && Array.isArray(value);
  const given: unknown[] = isSeveral ? (value as unknown[]) : [value];
  const wrong = given.length > selectedMax ? given : given.filter((item) => !isChoice(choices, item));
  return wrong.length === 0 ? [] : [notInList(input, value, wrong, choices)];
}

/** Nobody selects more of one list. */
const selectedMax = 1_000;

/** The list has `/` where a Windows node lists `\`; each node gets its own spelling when the prompt is sent. */
function isChoice(choices: readonly unknown[], value: unknown): boolean {
  if (typeof value !== 'string') return choices.some((choice) => equals(choice, value));
  const texts = textsOf(choices);
  return texts.has(value) || texts.has(value.replaceAll('\\', '/'));
}

/** A list of thousands of models is asked about by every node of a graph. */
const textSets = new WeakMap<readonly unknown[], ReadonlySet<unknown>>();

function textsOf(choices: readonly unknown[]): ReadonlySet<unknown> {
  const known = textSets.get(choices);
  if (known) return known;
  const texts = new Set(choices);
  textSets.set(choices, texts);
  return texts;
}
