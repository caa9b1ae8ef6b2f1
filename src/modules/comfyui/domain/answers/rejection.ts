/**
 * Why a node refused a prompt.
 * `missing_dep`: every complaint is about a node class or model file that this node lacks; another node may have it.
 * `invalid`: something no other node would accept either.
 */
import { isJsonObject } from '../json/json.js';
import { boundedMembers, clip } from '../json/storable.js';

export interface MissingDependency {
  nodeId?: string;
  classType: string;
  /** Absent when the class itself is missing. */
  inputName?: string;
  /** The file that is not in the node's list. */
  value?: string;
}

export interface MissingDepRejection {
  kind: 'missing_dep';
  missing: MissingDependency[];
  message: string;
  /** ComfyUI's own `error` and `node_errors`, verbatim; of many errors the first. */
  error: unknown;
  nodeErrors: Record<string, unknown>;
}

export interface InvalidRejection {
  kind: 'invalid';
  message: string;
  error: unknown;
  nodeErrors: Record<string, unknown>;
}

export type Rejection = MissingDepRejection | InvalidRejection;

/** Of the errors that are kept, in characters of JSON; a graph of thousands of nodes has megabytes of them. */
const keptLengthMax = 256 * 1024;
/** The others say nothing new. */
const nodesMax = 1_000;
const errorsPerNodeMax = 100;

/** `body` is the parsed answer of POST /prompt: a 400, or a 200 whose `node_errors` is not empty. */
export function classifyRejection(body: unknown): Rejection {
  const { error, node_errors: raw } = isJsonObject(body) ? body : {};
  // Entries are made once: a lying node may send any number.
  const nodeErrors = Object.fromEntries(Object.entries(isJsonObject(raw) ? raw : {}).slice(0, nodesMax));
  const complaints = [...classComplaints(error), ...inputComplaints(nodeErrors)];
  const missing = complaints.flatMap((complaint) => complaint ?? []);
  const base = {
    message: messageOf(error, nodeErrors),
    error: error ?? null,
    nodeErrors: boundedMembers(nodeErrors, keptLengthMax),
  };
  return missing.length > 0 && missing.length === complaints.length
    ? { kind: 'missing_dep', missing, ...base }
    : { kind: 'invalid', ...base };
}

/** Whether a 200 answer silently dropped some outputs. */
export function hasNodeErrors(body: unknown): boolean {
  return isJsonObject(body) && isJsonObject(body.node_errors) && Object.keys(body.node_errors).length > 0;
}

// A complaint is what is missing, or undefined when it is about something else.
type Complaint = MissingDependency | undefined;

function classComplaints(error: unknown): Complaint[] {
  if (!isJsonObject(error)) return [];
  const extra = isJsonObject(error.extra_info) ? error.extra_info : {};
  switch (error.type) {
    case 'prompt_outputs_failed_validation':
      return [];
    case 'missing_node_type':
      return [
        typeof extra.class_type === 'string' ? missingClass(extra.class_type, extra.node_id) : undefined,
      ];
    case 'invalid_prompt':
      return [legacyMissingClass(error)];
    default:
      return [undefined];
  }
}

function missingClass(classType: string, nodeId: unknown): MissingDependency {
  return { classType, ...(typeof nodeId === 'string' && { nodeId }) };
}

// Servers up to 0.11 name the class in the sentence only.
function legacyMissingClass(error: Record<string, unknown>): Complaint {
  const classType = /^Cannot execute because node (.+) does not exist\.$/.exec(String(error.message))?.[1];
  const nodeId = /^[^#]*#([^']+)'/.exec(String(error.details))?.[1];
  return classType === undefined ? undefined : missingClass(classType, nodeId);
}

function inputComplaints(nodeErrors: Record<string, unknown>): Complaint[] {
  return Object.entries(nodeErrors).flatMap(([nodeId, entry]) => {
    if (!isJsonObject(entry) || !Array.isArray(entry.errors)) return [undefined];
    const classType = typeof entry.class_type === 'string' ? entry.class_type : '';
    return entry.errors.slice(0, errorsPerNodeMax).map((error) => inputComplaint(nodeId, classType, error));
  });
}

function inputComplaint(nodeId: string, classType: string, error: unknown): Complaint {
  if (!isJsonObject(error) || error.type !== 'value_not_in_list') return undefined;
  const extra = isJsonObject(error.extra_info) ? error.extra_info : {};
  const { input_name: inputName, received_value: value, input_config: config } = extra;
  if (typeof inputName !== 'string' || typeof value !== 'string') return undefined;
  return isModelFile(value) || choicesOf(config).some(isModelFile)
    ? { nodeId, classType, inputName, value }
    : undefined;
}

const modelFile = /^[^\r\n]{1,500}\.(?:safetensors|sft|gguf|ckpt|pt|pt2|pth|bin|pkl|onnx|engine)$/i;

/** One line that ends in an extension ComfyUI or its usual packs load: by extension, because any pack may add a loader. */
export function isModelFile(value: unknown): value is string {
  return typeof value === 'string' && modelFile.test(value);
}

function choicesOf(config: unknown): unknown[] {
  if (!Array.isArray(config)) return [];
  if (Array.isArray(config[0])) return config[0];
  return isJsonObject(config[1]) && Array.isArray(config[1].options) ? config[1].options : [];
}

function messageOf(error: unknown, nodeErrors: Record<string, unknown>): string {
  const summary = isJsonObject(error) && typeof error.message === 'string' ? error.message : 'Prompt refused';
  const details = Object.entries(nodeErrors).flatMap(([nodeId, entry]) => nodeMessages(nodeId, entry));
  return clip([summary, ...details].join('; '), 1_000);
}

function nodeMessages(nodeId: string, entry: unknown): string[] {
  if (!isJsonObject(entry) || !Array.isArray(entry.errors)) return [];
  return entry.errors
    .slice(0, errorsPerNodeMax)
    .filter(isJsonObject)
    .map(
      (error) =>
        `node ${nodeId} (${String(entry.class_type)}): ${String(error.message)}: ${String(error.details)}`,
    );
}
