/**
 * The one way in for a graph that clients wrote themselves, each step once. A door only words the refusal.
 *
 *   raw ─▶ sanitise ─▶ look up its files ─▶ validate (fleet's schemas) ─▶ prune to the targets ─▶ needs ─▶ inputs
 */
import { Inject, Injectable } from '@nestjs/common';
import { inTurns } from '../../../../platform/turns/index.js';
import { currentTenant } from '../../../access/index.js';
import { AssetsService } from '../../../assets/index.js';
import {
  ancestorsSteps,
  faultOf,
  type Graph,
  isModelFile,
  missingClass,
  type NodeErrors,
  noOutputs,
  type PromptError,
  sanitiseSteps,
  stringifyInTurns,
  type Validation,
  validateSteps,
} from '../../../comfyui/index.js';
import { ObjectInfoService, onNewest } from '../../../fleet/index.js';
import { ClusterInventory } from '../../../nodes/index.js';
import type { Requirements } from '../../../workflows/index.js';
import { withoutFiles } from '../../domain/input-files.js';
import type { AssetInput } from '../../record/submit/new-job.js';
import { type GraphProblem, problemsOf, problemsOfFaults } from './graph-problems.js';

/** What is to run, and nothing else. */
export interface RunnableGraph {
  ok: true;
  graph: Graph;
  /** As JSON, every number with its own digits. */
  text: string;
  /** Ids of the output nodes that run. */
  outputs: string[];
  /** Of outputs that do not run, beside those that do. */
  nodeErrors: NodeErrors;
  requirements: Requirements;
  /** Stored files that the graph names; every other one must be in the node's own input folder. */
  assets: AssetInput[];
}

export interface RefusedGraph {
  ok: false;
  /** In ComfyUI's words, as far as it has some. */
  error: PromptError;
  nodeErrors: NodeErrors;
  problems: GraphProblem[];
}

/** The input files of a caller. */
export interface CallerFiles {
  /** The stored file that an input's value means to the caller. */
  find: (value: string) => Promise<{ sha256: string } | null>;
  /** Takes a file that only nodes have into storage, so that the job may run on any. Null: it stays where it is. */
  adopt?: (value: string) => Promise<{ sha256: string } | null>;
  /**
   * Whether a text that stands where a node offers a choice, and that no node offers, may name one of them too: a latent, say, which no
   * schema tells from other choices.
   */
  anywhere?: boolean;
}

export interface GraphCheck {
  /** Ids of the graph's output nodes that are to run; all by default. */
  targets?: string[] | undefined;
  /** Default: the newest upload of a name. */
  files?: CallerFiles;
  /** Stored files by their places in the graph, whatever the class of the node: no choice of the class is held against them. */
  placed?: readonly AssetInput[];
}

/** By the value that names it; null is what is not in storage. */
type FilesByName = ReadonlyMap<string, { sha256: string } | null>;

/** What a graph is judged with. */
interface GraphFacts {
  needs: Requirements;
  found: FilesByName;
  placed: readonly AssetInput[];
}

@Injectable()
export class GraphIntake {
  constructor(
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  async check(
    raw: unknown,
    { targets, files = this.uploads, placed: chosen = [] }: GraphCheck = {},
  ): Promise<RunnableGraph | RefusedGraph> {
    const safe = await this.sanitise(raw);
    if (!safe.ok) return safe;
    const { graph } = safe;
    const placed = files.anywhere ? [...chosen, ...(await this.choicesNamed(graph, chosen, files))] : chosen;
    const needs = await this.needsOf(graph, placed);
    const found = await filesNamed(needs, files);
    const validation = await this.validate(graph, targets, { needs, found, placed });
    if (!validation.ok)
      return { ...validation, problems: problemsOf(graph, validation, (name) => this.isKnownClass(name)) };
    const kept = await prune(graph, validation.outputs);
    const requirements = kept === graph ? needs : await this.needsOf(kept, placed);
    return {
      ...validation,
      graph: kept,
      text: kept === graph ? safe.text : await stringifyInTurns(kept),
      requirements,
      assets: [
        ...placed.filter(({ node }) => Object.hasOwn(kept, node)),
        ...(await this.assetsNamed(kept, requirements, found, files)),
      ],
    };
  }

  /** Whether a graph could be sent without harm; nothing is said of whether any node can run it. */
  async sanitise(raw: unknown): Promise<{ ok: true; graph: Graph; text: string } | RefusedGraph> {
    const sanitised = await inTurns(sanitiseSteps(raw));
    if (sanitised.ok) return sanitised;
    const { faults } = sanitised;
    return { ok: false, error: faultOf(faults), nodeErrors: {}, problems: problemsOfFaults(faults) };
  }

  /** As `sanitise`, without the nodes that lead to no output, as far as classes are known. */
  async sanitisePruned(raw: unknown): Promise<{ ok: true; graph: Graph } | RefusedGraph> {
    const safe = await this.sanitise(raw);
    if (!safe.ok) return safe;
    const outputs = this.possibleOutputs(safe.graph, undefined);
    if (outputs.length > 0) return { ok: true, graph: await prune(safe.graph, outputs) };
    const { type: code, message } = noOutputs;
    return { ok: false, error: noOutputs, nodeErrors: {}, problems: [{ code, message }] };
  }

  /**
   * Nothing is refused on old knowledge, and no output left out for it: what the nodes have told meanwhile is taken in, and the
   * graph judged again.
   */
  private async validate(
    graph: Graph,
    targets: string[] | undefined,
    files: GraphFacts,
  ): Promise<Validation> {
    const judge = (): Promise<Validation> => this.judge(graph, targets, files);
    const validation = await onNewest(this.objectInfo, judge, runsWhole);
    if (runsWhole(validation)) return validation;
    // This replica has just started, and not read every node's document yet: each node will judge for itself.
    return this.objectInfo.isWhole ? validation : this.judgeByInventories(graph, targets);
  }

  private async judge(
    graph: Graph,
    targets: string[] | undefined,
    { needs: { images }, found, placed }: GraphFacts,
  ): Promise<Validation> {
    if (!this.objectInfo.isKnown) return this.judgeByInventories(graph, targets);
    const isListed = new Set(
      images.flatMap(({ nodeId, field, value }) =>
        this.objectInfo.isListed(graph[nodeId]?.class_type ?? '', field, value) ? [value] : [],
      ),
    );
    const uploads = new Set(images.map(({ nodeId, field }) => `${graph[nodeId]?.class_type} ${field}`));
    const places = new Set(placed.map(({ node, field }) => `${node} ${field}`));
    const steps = validateSteps(graph, targets, {
      schemaOf: (nodeClass) => this.objectInfo.schemaOf(nodeClass),
      isUpload: (nodeClass, input) => uploads.has(`${nodeClass} ${input}`),
      fileExists: (value) => isListed.has(value) || Boolean(found.get(value)),
      isPlaced: (id, input) => places.has(`${id} ${input}`),
    });
    return inTurns(steps);
  }

  /** What the record of the nodes tells of their classes is less than their schemas, and there from the start. */
  private judgeByInventories(graph: Graph, targets: string[] | undefined): Validation {
    const missing = Object.entries(graph).find(([, node]) => this.inventory.lacksClass(node.class_type));
    if (missing) return { ok: false, error: missingClass(...missing), nodeErrors: {} };
    const outputs = this.possibleOutputs(graph, targets);
    return outputs.length === 0
      ? { ok: false, error: noOutputs, nodeErrors: {} }
      : { ok: true, outputs, nodeErrors: {} };
  }

  private possibleOutputs(graph: Graph, targets: readonly string[] | undefined): string[] {
    const wanted = targets && new Set(targets);
    return Object.entries(graph).flatMap(([id, node]) =>
      (wanted?.has(id) ?? true) && this.inventory.isOutputClass(node.class_type) !== false ? [id] : [],
    );
  }

  private isKnownClass(name: string): boolean {
    return this.objectInfo.isKnown
      ? this.objectInfo.schemaOf(name) !== undefined
      : !this.inventory.lacksClass(name);
  }

  /** What a node must have besides the files that are put there. */
  private async needsOf(graph: Graph, placed: readonly AssetInput[]): Promise<Requirements> {
    return this.inventory.needsOf(withoutFiles(graph, placed));
  }

  private async choicesNamed(
    graph: Graph,
    chosen: readonly AssetInput[],
    files: CallerFiles,
  ): Promise<AssetInput[]> {
    if (!this.objectInfo.isKnown) return [];
    const placed: AssetInput[] = [];
    for (const { class: nodeClass, input: field, value, nodeIds } of (await this.needsOf(graph, chosen))
      .choices) {
      if (typeof value !== 'string' || value.length > nameLengthMax || isModelFile(value)) continue;
      if (this.objectInfo.isListed(nodeClass, field, value)) continue;
      const places = nodeIds.filter((node) => graph[node]?.inputs[field] === value);
      const asset = places.length > 0 ? await files.find(value) : null;
      if (asset) placed.push(...places.map((node) => ({ node, field, sha256: asset.sha256 })));
    }
    return placed;
  }

  private async assetsNamed(
    graph: Graph,
    { images }: Requirements,
    found: FilesByName,
    { adopt }: CallerFiles,
  ): Promise<AssetInput[]> {
    const assets: AssetInput[] = [];
    for (const { nodeId, field, value } of images) {
      const isOnNodes = this.objectInfo.isListed(graph[nodeId]?.class_type ?? '', field, value);
      const asset = found.get(value) ?? (isOnNodes ? await adopt?.(value) : undefined);
      if (asset) assets.push({ node: nodeId, field, sha256: asset.sha256 });
    }
    return assets;
  }

  private readonly uploads: CallerFiles = {
    find: async (value) => this.assets.findUpload(value, currentTenant()),
  };
}

/** Every output that was asked for runs. */
const runsWhole = (validation: Validation): boolean =>
  validation.ok && Object.keys(validation.nodeErrors).length === 0;

/** Longer than the path of any file. */
const nameLengthMax = 4_096;

/** As ComfyUI marks a file of the input folder, which is where a name without a mark lies. */
const inputMark = / \[input\]$/;

/** Each name is looked up once, however many nodes have it. */
async function filesNamed({ images }: Requirements, files: CallerFiles): Promise<FilesByName> {
  const found = new Map<string, { sha256: string } | null>();
  for (const { value } of images)
    if (!found.has(value))
      found.set(value, value.length > nameLengthMax ? null : await files.find(value.replace(inputMark, '')));
  return found;
}

/** What the outputs need; the same object when that is everything. */
async function prune(graph: Graph, outputs: readonly string[]): Promise<Graph> {
  const kept = await inTurns(ancestorsSteps(graph, outputs));
  if (kept.size === Object.keys(graph).length) return graph;
  return Object.fromEntries(Object.entries(graph).filter(([id]) => kept.has(id)));
}
