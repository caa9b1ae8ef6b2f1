/** A job as ComfyUI's API tells it: the tuples of `/queue`, the entries of `/history`, the messages of its end. */
import {
  flatMapSteps,
  floatText,
  isJsonObject,
  isPause,
  JsonText,
  parseSteps,
  type Steps,
  writeJson,
} from '../../../modules/comfyui/domain/index.js';
import { publishSteps } from './public-outputs.js';

export interface PromptRecord {
  jobId: string;
  place: string;
  clientId: string | null;
  state: string;
  /** The node runs it, or its files are being fetched. */
  isRunning: boolean;
  /** It runs, or is at its node with nothing of ours before it; false once its run is over and its files are fetched. */
  mayRun: boolean;
  error: { code: string; message: string } | null;
  ticket: number;
  number: number | null;
  front: boolean;
  targets: string[];
  workflowId: string | null;
  createdAtMs: number;
  startedAtMs: number | null;
  finishedAtMs: number | null;
  /** JSON texts; null where they were not asked for or are so long that they are read in slices. */
  graph: string | null;
  extraData: string | null;
  /** The node's own words; null when the run ended without it. */
  run: { outputs: string; messages: string; meta: string } | null;
}

export type Message = [type: string, data: Record<string, unknown>];

/** Automatic numbers count from 0 and are integers, those of callers are floats, as in ComfyUI. */
export function numberOf({
  number,
  front,
  ticket,
}: Pick<PromptRecord, 'number' | 'front' | 'ticket'>): JsonText {
  if (number !== null) return floatText(number);
  return new JsonText(String(front ? 1 - ticket : ticket - 1));
}

/** What the record tells of a run, read. */
export interface ToldRun {
  /** As clients are told them. */
  outputs: Record<string, unknown>;
  /** Ends with one that ends the run. */
  messages: Message[];
  /** What the first message of each type says. */
  firstOf: ReadonlyMap<string, Message[1]>;
}

export function* toldSteps(record: PromptRecord): Steps<ToldRun> {
  const outputs = yield* storedSteps(record.run?.outputs ?? '{}');
  yield* publishSteps(record.jobId, outputs);
  const messages = yield* messagesSteps(record);
  return { outputs: isJsonObject(outputs) ? outputs : {}, messages, firstOf: yield* firstSteps(messages) };
}

/** Once: a node may tell tens of thousands, and who reads them asks for some types of them. */
function* firstSteps(messages: readonly Message[]): Steps<Map<string, Message[1]>> {
  const first = new Map<string, Message[1]>();
  for (const [at, [type, data]] of messages.entries()) {
    if (!first.has(type)) first.set(type, data);
    if (isPause(at)) yield undefined;
  }
  return first;
}

export function statusOf({ state }: PromptRecord, { messages }: ToldRun): Record<string, unknown> {
  const succeeded = state === 'succeeded';
  return { status_str: succeeded ? 'success' : 'error', completed: succeeded, messages };
}

const endTypes = new Set(['execution_success', 'execution_error', 'execution_interrupted']);

/** The node's messages, or what they would have said when the run ended without it. */
function* messagesSteps(record: PromptRecord): Steps<Message[]> {
  const stored = record.run === null ? [] : yield* storedSteps(record.run.messages);
  const told = Array.isArray(stored) ? yield* flatMapSteps(stored, asMessages) : [];
  if (told.findLast(([type]) => endTypes.has(type))) return told;
  const begun = told.length > 0 ? told : [startOf(record)];
  return [...begun, endOf(record)];
}

function asMessages(told: unknown): Message[] {
  if (!Array.isArray(told)) return [];
  const [type, data]: unknown[] = told;
  return typeof type === 'string' && isJsonObject(data) ? [[type, data]] : [];
}

/** Undefined for what is no JSON: an old or restored row must not spoil the list that it is on. */
function* storedSteps(text: string): Steps<unknown> {
  try {
    return yield* parseSteps(text);
  } catch {
    return undefined;
  }
}

/** An object of the record as it may stand in an answer. */
export function* objectTextSteps(text: string): Steps<string> {
  return isPlainObject(text) || isJsonObject(yield* storedSteps(text)) ? text : '{}';
}

/** As most are, told quickly. */
function isPlainObject(text: string): boolean {
  try {
    return text.startsWith('{') && isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

/** The last message that ends a run. */
export const endMessage = (record: PromptRecord, { messages }: ToldRun): Message =>
  messages.findLast(([type]) => endTypes.has(type)) ?? endOf(record);

const startOf = ({ jobId, startedAtMs, createdAtMs }: PromptRecord): Message => [
  'execution_start',
  { prompt_id: jobId, timestamp: startedAtMs ?? createdAtMs },
];

function endOf({ jobId, state, error, finishedAtMs, createdAtMs }: PromptRecord): Message {
  const timestamp = finishedAtMs ?? createdAtMs;
  if (state === 'succeeded') return ['execution_success', { prompt_id: jobId, timestamp }];
  const where = { prompt_id: jobId, node_id: '', node_type: '', executed: [] };
  if (state === 'cancelled') return ['execution_interrupted', { ...where, timestamp }];
  const told = { exception_message: `${error?.message ?? state}\n`, exception_type: error?.code ?? state };
  return [
    'execution_error',
    { ...where, ...told, traceback: [], current_inputs: {}, current_outputs: [], timestamp },
  ];
}

/** One text frame of `/ws`. */
export const eventText = (type: string, data: unknown): string => writeJson({ type, data });
