/** The pure part of the module: no I/O behind it. */
export * from './json/json.js';
export { clip } from './json/storable.js';
export { atOnce, flatMapSteps, isPause, sortSteps, type Steps } from './steps.js';
export { type JsonLimits, JsonTooLarge, parseSteps } from './json/json-parse.js';
export { stringifySteps } from './json/json-write.js';
export { walkSteps } from './json/walk.js';
export { splitSteps } from './json/json-split.js';
export {
  ancestorsSteps,
  asLink,
  rawInputsOf,
  titleOf,
  type Graph,
  type GraphLink,
  type GraphNode,
  type RawInput,
} from './graph/graph.js';
export {
  nodesMax,
  sanitisePrompt,
  sanitiseSteps,
  type GraphFault,
  type GraphFaultCode,
  type SanitisedPrompt,
  type SanitiseOptions,
} from './graph/sanitise.js';
export { sanitiseExtraDataSteps, splitCredentials, type SanitisedExtraData } from './graph/extra-data.js';
export { compareVersions, type Capabilities } from './answers/capabilities.js';
export {
  readFate,
  type Fate,
  type HistoryEntry,
  type QueueEntry,
  type QueueReading,
  type Settled,
} from './answers/fate.js';
export {
  containerFormat,
  isVideoFile,
  listOutputsSteps,
  type OutputFile,
  type OutputText,
} from './answers/outputs.js';
export {
  isModelFile,
  type InvalidRejection,
  type MissingDependency,
  type MissingDepRejection,
  type Rejection,
} from './answers/rejection.js';
export { classifyFailure, type ExecutionFailure, type FailureKind } from './answers/failure.js';
export { type ComfyEvent, type NodeProgress } from './events/events.js';
export {
  decodeBinaryEvent,
  promptIdOfFrame,
  rewriteFramePromptId,
  withoutMetadata,
  type ComfyBinaryEvent,
  type PreviewMetadata,
} from './events/binary-events.js';
export { advanceProgress, startProgress, stepsOf, type Progress } from './events/progress.js';
export { samplingWork } from './events/progress-weights.js';
export type { RunText } from './events/run-text.js';
export { choicesOf, readClassSchema, type ClassSchema } from './validation/object-schema.js';
export { takesAnyChoice } from './validation/own-judgement.js';
export * from './validation/prompt-errors.js';
export * from './validation/validate-prompt.js';
export * from './json/wire-json.js';
export { readCarriedSteps, readCarriedWorkflow, type CarriedWorkflow } from './media-metadata/index.js';
export {
  convertUiSteps,
  convertUiWorkflow,
  isUiWorkflow,
  type ConvertedGraph,
  type ConvertedNode,
  type ConvertedWorkflow,
  type ConvertOptions,
  type MissingClass,
  type SchemaOf,
  type UiFault,
  type UiProblem,
} from './ui-format/index.js';
