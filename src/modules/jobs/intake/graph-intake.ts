/**
 * The one way in for a graph that clients wrote themselves: sanitised, held against the schemas of the whole cluster as ComfyUI
 * would hold it, and pruned to what runs. A door only words the refusal.
 *
 *   raw graph ─▶ sanitise ─▶ validate (fleet's schemas) ─▶ prune to the targets ─▶ graph, outputs, errors of other outputs
 */
import { Inject, Injectable } from '@nestjs/common';
import {
  ancestorsSteps,
  faultOf,
  type Graph,
  isModelFile,
  type NodeErrors,
  type PromptError,
  sanitiseSteps,
  type Validation,
  validateSteps,
} from '../../comfyui/index.js';
import { inTurns } from '../../../platform/turns/index.js';
import { ObjectInfoService } from '../../fleet/index.js';
import { NodesService } from '../../nodes/index.js';
import { type InputPlace, withoutFiles } from '../domain/input-files.js';

export type CheckedGraph =
  /** `nodeErrors` are of outputs that do not run, beside those that do. */
  | { ok: true; graph: Graph; outputs: string[]; nodeErrors: NodeErrors }
  | { ok: false; error: PromptError; nodeErrors: NodeErrors };

export interface GraphCheck {
  /** Ids of the graph's output nodes that are to run; all by default. */
  targets?: string[] | undefined;
  /** Whether the caller has a file of this name, for inputs that are filled by upload. */
  hasFile: (name: string) => Promise<boolean>;
  /** Where files will stand that the caller has chosen, in any class of node: no choice of the class is held against them. */
  files?: readonly InputPlace[] | undefined;
}

/** A text that stands where a node offers a choice, and that no node offers. */
export interface UnlistedText extends InputPlace {
  value: string;
}

@Injectable()
export class GraphIntake {
  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
  ) {}

  async check(raw: unknown, options: GraphCheck): Promise<CheckedGraph> {
    const sanitised = await inTurns(sanitiseSteps(raw));
    if (!sanitised.ok) return { ok: false, error: faultOf(sanitised.faults), nodeErrors: {} };
    const validation = await this.validate(sanitised.graph, options);
    if (!validation.ok) return validation;
    const kept = await inTurns(ancestorsSteps(sanitised.graph, validation.outputs));
    const graph = Object.fromEntries(Object.entries(sanitised.graph).filter(([id]) => kept.has(id)));
    return { ok: true, graph, outputs: validation.outputs, nodeErrors: validation.nodeErrors };
  }

  /** May be names of files in a node's input folder, such as a latent's, that no schema tells from other choices. */
  async unlisted(raw: unknown): Promise<UnlistedText[]> {
    const sanitised = this.objectInfo.isKnown ? await inTurns(sanitiseSteps(raw)) : undefined;
    if (!sanitised?.ok) return [];
    const { choices } = await this.nodes.needsOf(sanitised.graph);
    return choices.flatMap(({ class: nodeClass, input: field, value, nodeIds }) =>
      typeof value !== 'string' || isModelFile(value) || this.objectInfo.isListed(nodeClass, field, value)
        ? []
        : nodeIds
            .filter((node) => sanitised.graph[node]?.inputs[field] === value)
            .map((node) => ({ node, field, value })),
    );
  }

  private async validate(graph: Graph, { targets, hasFile, files = [] }: GraphCheck): Promise<Validation> {
    // Before any node has told what it can run there is nothing to hold a graph against: each node will judge it.
    if (!this.objectInfo.isKnown) return { ok: true, outputs: targets ?? Object.keys(graph), nodeErrors: {} };
    const { images } = await this.nodes.needsOf(withoutFiles(graph, files));
    const found = new Set<string>();
    for (const { nodeId, field, value } of images) {
      if (found.has(value)) continue;
      const nodeClass = graph[nodeId]?.class_type ?? '';
      if (this.objectInfo.isListed(nodeClass, field, value) || (await hasFile(value))) found.add(value);
    }
    const placed = new Set(files.map(({ node, field }) => `${node} ${field}`));
    const uploads = new Set(images.map(({ nodeId, field }) => `${graph[nodeId]?.class_type} ${field}`));
    const steps = validateSteps(graph, targets, {
      schemaOf: (nodeClass) => this.objectInfo.schemaOf(nodeClass),
      isUpload: (nodeClass, input) => uploads.has(`${nodeClass} ${input}`),
      fileExists: (value) => found.has(value),
      isPlaced: (id, input) => placed.has(`${id} ${input}`),
    });
    return inTurns(steps);
  }
}
