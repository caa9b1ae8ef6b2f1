import type { z } from 'zod';
import type { Graph } from './graph.js';
import type { WorkflowManifest } from './manifest.js';
import type { Requirements } from './needs/requirements.js';

/** A checked workflow: its graph can be filled by every input that `inputs` accepts. */
export interface WorkflowDefinition {
  name: string;
  manifest: WorkflowManifest;
  graph: Graph;
  /** Of the graph as it stands, extended by the manifest; values set by inputs may change choices. */
  requirements: Requirements;
  inputs: InputsSchema;
}

export type InputsSchema = z.ZodType<Record<string, InputValue | undefined>>;

/** An uploaded file is named by its asset, a reference that the assets module resolves. */
export type InputValue = string | number | boolean | bigint | { asset: string };

/** What is wrong with a workflow's files; `field` is an input of `node`, or a path in the manifest. */
export interface WorkflowFault {
  file: string;
  node?: string;
  field?: string;
  message: string;
}

/** What is wrong with a caller's inputs. `field` is the input's name, empty for the inputs as a whole. */
export interface InputFault {
  field: string;
  reason: 'missing' | 'unknown' | 'type' | 'too_small' | 'too_big' | 'value';
  message: string;
}

/** Where an uploaded file goes: the sender replaces `graph[node].inputs[field]` by the name on the node. */
export interface ImageInput {
  name: string;
  node: string;
  field: string;
  assetRef: string;
}

/** Filling again with `params` gives the same graph. */
export type FilledWorkflow =
  | { ok: true; graph: Graph; params: Record<string, InputValue>; imageInputs: ImageInput[] }
  | { ok: false; faults: InputFault[] };
