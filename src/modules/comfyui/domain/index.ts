/** The pure part of the module: no I/O behind it. */
export * from './json.js';
export { splitJsonObject } from './json-split.js';
export { ancestorsOf, asLink, titleOf, type Graph, type GraphLink, type GraphNode } from './graph.js';
export {
  sanitisePrompt,
  type GraphFault,
  type GraphFaultCode,
  type SanitisedPrompt,
  type SanitiseOptions,
} from './sanitise.js';
export { sanitiseExtraData, type SanitisedExtraData } from './extra-data.js';
export { compareVersions, type Capabilities } from './capabilities.js';
export {
  readFate,
  type Fate,
  type HistoryEntry,
  type QueueEntry,
  type QueueReading,
  type Settled,
} from './fate.js';
export { containerFormat, isVideoFile, listOutputFiles, type OutputFile } from './outputs.js';
export {
  isModelFile,
  type InvalidRejection,
  type MissingDependency,
  type MissingDepRejection,
  type Rejection,
} from './rejection.js';
export { classifyFailure, type ExecutionFailure, type FailureKind } from './failure.js';
export { type ComfyEvent, type NodeProgress } from './events.js';
export {
  promptIdOfFrame,
  rewriteFramePromptId,
  withoutMetadata,
  type ComfyBinaryEvent,
  type PreviewMetadata,
} from './binary-events.js';
export { advanceProgress, startProgress, stepsOf, type Progress } from './progress.js';
export { samplingWork } from './progress-weights.js';
export type { RunText } from './run-text.js';
