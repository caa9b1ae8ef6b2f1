/**
 * What became of a prompt, from one reading of `/queue` and one of `/history/{id}`.
 * The queue must be read first: a finishing prompt moves from running to history in one step, so in this order a
 * live prompt is always seen, and in the other order it can slip through the gap and look absent.
 */
import { asNumber, isJsonObject } from '../json/json.js';
import { clamp } from '../json/storable.js';
import type { RunText } from '../events/run-text.js';
import { flatMapSteps, type Steps } from '../steps.js';

export interface QueueEntry {
  number: number;
  promptId: string;
  clientId: string | undefined;
}

export interface QueueReading {
  running: QueueEntry[];
  /** In execution order. */
  pending: QueueEntry[];
}

/** A history entry without its prompt, which can be megabytes. */
export interface HistoryEntry {
  /** As the node wrote it, with its digits. */
  text?: RunText | undefined;
  outputs: Record<string, unknown>;
  meta: Record<string, unknown>;
  /** `success`, `error`, or undefined on servers of 2023. */
  statusText: string | undefined;
  messages: [type: string, data: Record<string, unknown>][];
}

export interface Settled {
  text?: RunText | undefined;
  /** Node id to ui dictionary; on failure those that finished before. */
  outputs: Record<string, unknown>;
  messages: HistoryEntry['messages'];
  /** The node's own clock, epoch milliseconds. */
  startedAtMs: number | undefined;
  endedAtMs: number | undefined;
}

export type Fate =
  | { kind: 'absent' }
  /** `position` counts from 0, the next to run. */
  | { kind: 'pending'; position: number }
  | { kind: 'running' }
  | ({ kind: 'succeeded' } & Settled)
  /** `error` is the data of `execution_error`, empty when the server kept none. */
  | ({ kind: 'failed'; error: Record<string, unknown> } & Settled)
  | ({ kind: 'interrupted' } & Settled);

export function readFate(
  readings: { queue: QueueReading; history: HistoryEntry | undefined },
  promptId: string,
): Fate {
  if (readings.history) return settledFate(readings.history);
  if (readings.queue.running.some((entry) => entry.promptId === promptId)) return { kind: 'running' };
  const position = readings.queue.pending.findIndex((entry) => entry.promptId === promptId);
  return position < 0 ? { kind: 'absent' } : { kind: 'pending', position };
}

// The last message decides: after a cycle found at run time status_str says success beside an execution_error.
function settledFate(entry: HistoryEntry): Fate {
  const last = entry.messages.findLast(([type]) => terminal.has(type));
  const settled = {
    ...(entry.text && { text: entry.text }),
    outputs: entry.outputs,
    messages: entry.messages,
    startedAtMs: timestampOf(entry.messages.find(([type]) => type === 'execution_start')?.[1]),
    endedAtMs: timestampOf(last?.[1]),
  };
  switch (last?.[0]) {
    case 'execution_success':
      return { kind: 'succeeded', ...settled };
    case 'execution_interrupted':
      return { kind: 'interrupted', ...settled };
    case 'execution_error':
      return { kind: 'failed', error: last[1], ...settled };
    case undefined:
    default:
      return entry.statusText === 'error'
        ? { kind: 'failed', error: {}, ...settled }
        : { kind: 'succeeded', ...settled };
  }
}

const terminal = new Set(['execution_success', 'execution_error', 'execution_interrupted']);

function timestampOf(data: Record<string, unknown> | undefined): number | undefined {
  const timestampMs = asNumber(data?.timestamp);
  // What is no date to JavaScript is none to anybody who reads the record.
  return timestampMs !== undefined && Math.abs(timestampMs) <= 8.64e15 ? timestampMs : undefined;
}

/** No server takes so many prompts, each with its graph, into an answer of bounded size. */
const entriesMax = 20_000;

/** Reads the body of `GET /queue`; undefined when it has another shape. */
export function readQueue(body: unknown): QueueReading | undefined {
  if (!isJsonObject(body) || !Array.isArray(body.queue_running) || !Array.isArray(body.queue_pending))
    return undefined;
  if (body.queue_running.length + body.queue_pending.length > entriesMax) return undefined;
  return {
    running: body.queue_running.flatMap(readQueueEntry),
    pending: body.queue_pending.flatMap(readQueueEntry).toSorted(byExecutionOrder),
  };
}

function readQueueEntry(entry: unknown): QueueEntry[] {
  if (!Array.isArray(entry) || typeof entry[1] !== 'string') return [];
  const clientId = isJsonObject(entry[3]) ? entry[3].client_id : undefined;
  return [
    {
      number: clamp(asNumber(entry[0]), -Number.MAX_VALUE, Number.MAX_VALUE, 0),
      promptId: entry[1],
      clientId: typeof clientId === 'string' ? clientId : undefined,
    },
  ];
}

// The listing is a heap array; the server pops by number, then by id as text.
function byExecutionOrder(left: QueueEntry, right: QueueEntry): number {
  if (left.number !== right.number) return left.number - right.number;
  return left.promptId < right.promptId ? -1 : 1;
}

/** Reads one entry of a `/history` body; undefined when it has another shape. */
export function* historyEntrySteps(entry: unknown): Steps<HistoryEntry | undefined> {
  if (!isJsonObject(entry)) return undefined;
  const status = isJsonObject(entry.status) ? entry.status : {};
  return {
    outputs: isJsonObject(entry.outputs) ? entry.outputs : {},
    meta: isJsonObject(entry.meta) ? entry.meta : {},
    statusText: typeof status.status_str === 'string' ? status.status_str : undefined,
    messages: Array.isArray(status.messages) ? yield* flatMapSteps(status.messages, readMessage) : [],
  };
}

function readMessage(message: unknown): HistoryEntry['messages'] {
  if (!Array.isArray(message) || typeof message[0] !== 'string') return [];
  return [[message[0], isJsonObject(message[1]) ? message[1] : {}]];
}
