/** What goes in and comes out of the conversion of the editor's UI format to the API format. */
/** One class's entry of `/object_info` as parsed JSON; undefined when no node has the class. */
export type SchemaOf = (nodeClass: string) => unknown;

export interface ConvertOptions {
  /** From 0 (included) to 1 (excluded): picks `{a|b}` choices of prompts. Without it the first choice is taken. */
  random?: () => number;
  /** For `%date:…%` in file name prefixes, in local time; without it the token stays. */
  now?: Date;
  /** Most nodes of the answer, with subgraphs expanded; default 10,000. */
  maxNodes?: number;
}

/** What the editor would have queued. */
export interface ConvertedNode {
  class_type: string;
  inputs: Record<string, unknown>;
  _meta: { title: string; cnr_id?: string; aux_id?: string; ver?: string };
}

export type ConvertedGraph = Record<string, ConvertedNode>;

/** The pack that brings a class, as far as the file tells. */
export interface PackReference {
  /** Id in the ComfyUI registry. */
  cnrId?: string;
  /** `owner/repository` on GitHub. */
  auxId?: string;
  version?: string;
}

export interface MissingClass {
  nodeClass: string;
  nodeIds: string[];
  pack: PackReference;
}

export type UiFaultCode =
  | 'not_a_workflow'
  | 'missing_class'
  | 'missing_subgraph'
  | 'recursive_subgraph'
  | 'unusable_id'
  | 'too_large';

/** Why there is no graph. One sentence for the author of the workflow. */
export interface UiFault {
  code: UiFaultCode;
  message: string;
  nodeId?: string;
  missing?: MissingClass;
}

export type UiProblemCode =
  | 'link_without_source'
  | 'link_ring'
  | 'value_count'
  | 'value_not_offered'
  | 'value_type'
  | 'needs_the_editor';

/** What was odd but left a graph; `nodeId` is one of the graph. */
export interface UiProblem {
  code: UiProblemCode;
  message: string;
  nodeId: string;
  inputName?: string;
}

export type ConvertedWorkflow =
  | {
      ok: true;
      graph: ConvertedGraph;
      /** The workflow as it came: what belongs into `extra_pnginfo.workflow`. */
      ui: Record<string, unknown>;
      problems: UiProblem[];
    }
  | { ok: false; faults: UiFault[] };
