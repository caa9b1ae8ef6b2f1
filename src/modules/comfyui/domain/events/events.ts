/** Typed readings of the frames of `/ws`. Unknown types and malformed frames read as undefined. */
import { isJsonObject, parsePlainJson } from '../json/json.js';

export interface NodeProgress {
  value: number;
  max: number;
  state: string;
  /** The node of the submitted graph, also for nodes of an expanded sub-graph (`12.0.0.3` → `12`). */
  realNodeId: string;
  displayNodeId: string;
}

type EventBody =
  | { type: 'status'; queueRemaining: number; sid?: string }
  | { type: 'feature_flags' }
  | { type: 'execution_start'; promptId: string }
  | { type: 'execution_cached'; promptId: string; nodes: string[] }
  /** `nodeId` null is the end marker: history is filled now. `promptId` is absent only right after a reconnect. */
  | { type: 'executing'; promptId?: string; nodeId: string | null; displayNodeId?: string }
  | { type: 'progress'; promptId?: string; nodeId?: string; value: number; max: number }
  | { type: 'progress_state'; promptId: string; nodes: Record<string, NodeProgress> }
  | { type: 'executed'; promptId: string; nodeId: string; output: Record<string, unknown> | null }
  | { type: 'execution_success'; promptId: string }
  /** Not terminal for `ExecutionBlocked`: the prompt goes on. */
  | { type: 'execution_error'; promptId: string; nodeId?: string; terminal: boolean }
  | { type: 'execution_interrupted'; promptId: string; nodeId?: string };

/** `data` is the message's own data, for those who pass it on. */
export type ComfyEvent = EventBody & { data: Record<string, unknown> };

/** Reads one text frame. */
export const parseEvent = (text: string): ComfyEvent | undefined => readEvent(parseOrUndefined(text));

/** Reads one text frame that is parsed already. */
export function readEvent(message: unknown): ComfyEvent | undefined {
  if (!isJsonObject(message) || typeof message.type !== 'string' || !isJsonObject(message.data))
    return undefined;
  if (!Object.hasOwn(readers, message.type)) return undefined;
  const body = readers[message.type as EventBody['type']](message.data);
  return body && { ...body, data: message.data };
}

function parseOrUndefined(text: string): unknown {
  try {
    return parsePlainJson(text);
  } catch {
    return undefined;
  }
}

type Data = Record<string, unknown>;

const readers: Record<EventBody['type'], (data: Data) => EventBody | undefined> = {
  status: readStatus,
  feature_flags: () => ({ type: 'feature_flags' }),
  execution_start: (data) => withPrompt(data, (promptId) => ({ type: 'execution_start', promptId })),
  execution_cached: (data) =>
    withPrompt(data, (promptId) => ({ type: 'execution_cached', promptId, nodes: strings(data.nodes) })),
  executing: readExecuting,
  progress: readProgress,
  progress_state: (data) =>
    withPrompt(data, (promptId) => ({ type: 'progress_state', promptId, nodes: readNodes(data.nodes) })),
  executed: readExecuted,
  execution_success: (data) => withPrompt(data, (promptId) => ({ type: 'execution_success', promptId })),
  execution_error: (data) =>
    withPrompt(data, (promptId) => ({
      type: 'execution_error',
      promptId,
      ...named('nodeId', data.node_id),
      terminal: data.exception_type !== 'ExecutionBlocked',
    })),
  execution_interrupted: (data) =>
    withPrompt(data, (promptId) => ({
      type: 'execution_interrupted',
      promptId,
      ...named('nodeId', data.node_id),
    })),
};

function withPrompt(data: Data, read: (promptId: string) => EventBody): EventBody | undefined {
  return typeof data.prompt_id === 'string' ? read(data.prompt_id) : undefined;
}

function readStatus(data: Data): EventBody | undefined {
  const info = isJsonObject(data.status) ? data.status.exec_info : undefined;
  const remaining = isJsonObject(info) ? info.queue_remaining : undefined;
  if (typeof remaining !== 'number') return undefined;
  return { type: 'status', queueRemaining: remaining, ...named('sid', data.sid) };
}

function readExecuting(data: Data): EventBody | undefined {
  if (data.node !== null && typeof data.node !== 'string') return undefined;
  return {
    type: 'executing',
    nodeId: data.node,
    ...named('promptId', data.prompt_id),
    ...named('displayNodeId', data.display_node),
  };
}

function readProgress(data: Data): EventBody | undefined {
  if (typeof data.value !== 'number' || typeof data.max !== 'number') return undefined;
  const { value, max } = data;
  return {
    type: 'progress',
    value,
    max,
    ...named('promptId', data.prompt_id),
    ...named('nodeId', data.node),
  };
}

function readExecuted(data: Data): EventBody | undefined {
  const { node: nodeId, output } = data;
  if (typeof nodeId !== 'string') return undefined;
  return withPrompt(data, (promptId) => ({
    type: 'executed',
    promptId,
    nodeId,
    output: isJsonObject(output) ? output : null,
  }));
}

/** Of one event; a graph that expands itself has thousands. */
const nodesMax = 20_000;

function readNodes(nodes: unknown): Record<string, NodeProgress> {
  if (!isJsonObject(nodes)) return {};
  return Object.fromEntries(
    Object.entries(nodes)
      .slice(0, nodesMax)
      .flatMap(([id, node]) => readNode(id, node)),
  );
}

function readNode(id: string, node: unknown): [string, NodeProgress][] {
  if (!isJsonObject(node) || typeof node.value !== 'number' || typeof node.max !== 'number') return [];
  const { value, max, state, real_node_id: real, display_node_id: display } = node;
  return [
    [
      id,
      {
        value,
        max,
        state: typeof state === 'string' ? state : 'running',
        realNodeId: typeof real === 'string' ? real : id,
        displayNodeId: typeof display === 'string' ? display : id,
      },
    ],
  ];
}

function named<K extends string>(key: K, value: unknown): { [P in K]?: string } {
  return (typeof value === 'string' ? { [key]: value } : {}) as { [P in K]?: string };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
