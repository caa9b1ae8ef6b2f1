/** A graph of the file, root or definition, with its nodes' slots, links and widgets in place. */
import type { ClassSpec } from '../widgets/class-spec.js';
import type { FileLink, FileNode } from '../file/read-file.js';
import type { NumberedScope } from '../file/unique-ids.js';
import type { Widget } from '../widgets/build.js';

export interface Slot {
  name: string;
  type: string;
  /** The widget whose slot it is. */
  widget?: string;
  link?: FileLink;
}

/** What stands for a node when a link is followed. */
export type NodeKind = 'class' | 'host' | 'primitive' | 'reroute' | 'set' | 'get' | 'note' | 'missing';

export interface LoadedNode {
  id: string;
  kind: NodeKind;
  file: FileNode;
  spec?: ClassSpec;
  inputs: Slot[];
  outputTypes: string[];
  widgets: Widget[];
  /** Of a host: the definition that it shows. */
  definition?: Scope;
}

export interface Scope extends Pick<
  NumberedScope,
  'name' | 'inputs' | 'outputs' | 'inputNodeId' | 'outputNodeId' | 'renamed'
> {
  nodes: Map<string, LoadedNode>;
  /** The input that a link ends at. */
  endOf: Map<FileLink, { node: LoadedNode; slot: number }>;
  /** Slots of the definition's inputs by name. */
  inputSlots: Map<string, number>;
  /** What feeds the definition's outputs, by slot. */
  outputLinks: Map<number, FileLink>;
  /** What the definition's inputs feed, by slot. */
  inputLinks: Map<number, FileLink[]>;
  /** The links that leave a primitive, by its id. */
  primitiveLinks: Map<string, FileLink[]>;
}
