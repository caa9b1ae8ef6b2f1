export { checkWorkflow, type CheckedWorkflow, type WorkflowSource } from './check.js';
export { classHash } from './needs/class-hash.js';
export type {
  FilledWorkflow,
  ImageInput,
  InputFault,
  InputValue,
  WorkflowDefinition,
  WorkflowFault,
} from './definition.js';
export { embeddingList, isEmbeddingFile } from './needs/embeddings.js';
export { forwardSlashes, isModelFile, isUploadInput, type ChoiceValue } from './needs/file-choice.js';
export { fillWorkflow, type SeedSource } from './fill.js';
export { byCodeUnit, isLink, isRecord, plainValue, type Graph } from './graph.js';
export { inputsJsonSchema } from './inputs-schema.js';
export {
  isMedia,
  type MediaType,
  type OpenAiPlace,
  type WorkflowInput,
  type WorkflowManifest,
  isRequired,
} from './manifest.js';
export {
  isDataUri,
  isMediaObject,
  type MediaInput,
  mediaJsonSchema,
  readMedia,
  type ReadMedia,
} from './media-input.js';
export { assumedBytesOf } from './needs/model-sizes.js';
export { placementNeedsOf } from './needs/placement-needs.js';
export {
  extendRequirements,
  isLoraInput,
  requirementsOf,
  requirementsSteps,
  type ExtraRequirements,
  type InputTest,
  type RequiredChoice,
  type Requirements,
  type UploadReference,
} from './needs/requirements.js';
export { readRequirements } from './needs/stored-requirements.js';
export { workUnitsOf } from './needs/work-units.js';
export { proposeManifest, type Proposal, type ProposedInput } from './propose/propose.js';
export { compareGraphs, type GraphComparison } from './compare.js';
export {
  isChannelName,
  isHashPrefix,
  readReference,
  textOfWorkflow,
  type WorkflowReference,
  type WorkflowText,
} from './version.js';
