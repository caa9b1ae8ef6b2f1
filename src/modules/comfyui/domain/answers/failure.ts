/**
 * Whose fault a failed run is.
 * `oom`: memory ran out; a retry after `/free` or on a larger node may pass. `node_fault`: the GPU, its driver, the
 * node's disk or a damaged model file; the node is suspect. `job_error`: the graph itself, until another node proves
 * otherwise.
 */
import { isJsonObject } from '../json/json.js';
import { clip } from '../json/storable.js';

export type FailureKind = 'oom' | 'node_fault' | 'job_error';

export interface ExecutionFailure {
  kind: FailureKind;
  nodeId?: string;
  classType?: string;
  exceptionType: string;
  /** One line for a person, at most 300 characters. It may quote the prompt: not for logs. */
  text: string;
}

/** Of names that end up in records and logs. */
const nameLengthMax = 200;

const oomType = /OutOfMemoryError$|(^|\.)MemoryError$/;
const oomMessage = /out of memory|allocation on device|not enough memory/i;
const nodeFaultType = /AcceleratorError$|SafetensorError$/;
const nodeFaultMessage =
  /\b(CUDA|HIP) (driver )?error\b|CUDA driver|illegal memory access|device-side assert|unspecified launch failure|\b(CUDNN|CUBLAS|NCCL)_STATUS|no kernel image|no CUDA GPUs|NVML|GPU is lost|fallen off the bus|No space left on device|Read-only file system/i;
/** A model file that breaks off: both words, in any order. */
const modelFileWords = [/safetensor/i, /header/i];

/** `error` is the data of an `execution_error` message; any other shape reads as a job error. */
export function classifyFailure(error: unknown): ExecutionFailure {
  const data = isJsonObject(error) ? error : {};
  const exceptionType = clip(textOf(data.exception_type), nameLengthMax) || 'Error';
  const message = textOf(data.exception_message).trim();
  const nodeId = clip(textOf(data.node_id), nameLengthMax);
  const classType = clip(textOf(data.node_type), nameLengthMax);
  return {
    kind: kindOf(exceptionType, message),
    ...(nodeId && { nodeId }),
    ...(classType && { classType }),
    exceptionType,
    text: describe(classType, nodeId, message || exceptionType),
  };
}

function kindOf(exceptionType: string, message: string): FailureKind {
  if (oomType.test(exceptionType) || oomMessage.test(message)) return 'oom';
  if (nodeFaultType.test(exceptionType) || nodeFaultMessage.test(message)) return 'node_fault';
  if (modelFileWords.every((word) => word.test(message))) return 'node_fault';
  return 'job_error';
}

function describe(classType: string, nodeId: string, message: string): string {
  const firstLine = message.split('\n', 1)[0]!.trim();
  const where = classType ? `${classType}${nodeId ? ` (node ${nodeId})` : ''}: ` : '';
  return clip(`${where}${firstLine}`, 300);
}

// Patterns run over the head only: a message may be a tensor dump of megabytes.
function textOf(value: unknown): string {
  return typeof value === 'string' ? clip(value, 20_000) : '';
}
