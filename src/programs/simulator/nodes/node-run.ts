import type { Folders } from '../state/folders.js';
import type { Dict, Writable } from '../wire/values.js';
import type { NodeInputs, NodeValue } from './sockets.js';
import type { Picture } from '../media/picture.js';

/** One execution of one node, as its behaviour sees it. */
export interface NodeRun {
  readonly nodeId: string;
  readonly className: string;
  readonly info: Dict;
  readonly inputs: NodeInputs;
  readonly prompt: Dict;
  readonly folders: Folders;
  readonly windows: boolean;
  readonly outputSizeBytes: number | undefined;
  /** Brings a model to the card; waits the load time when it was not there. Not interruptible, as reading a file is not. */
  need(modelKey: string): Promise<void>;
  /** One sampler step's time. Throws when interrupted. */
  step(): Promise<void>;
  /** Reports `value` of `max`, with a preview when previews are on. Throws when interrupted. */
  progress(value: number, max: number, preview?: Picture): Promise<void>;
  /** Lets the faults of samplers strike. */
  samplerFaults(): Promise<void>;
}

export interface NodeResult {
  readonly outputs: readonly NodeValue[];
  /** The dictionary of `executed.output` and history. */
  readonly ui?: { readonly [key: string]: Writable };
}

export type Behaviour = (run: NodeRun) => NodeResult | Promise<NodeResult>;

/** A Python exception out of a node's own code. */
export class NodeFailure extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}
