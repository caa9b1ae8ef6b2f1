/** Turns a job's stored input into the text of a prompt for one node: template filled, files placed, names respelled. */
import { Inject, Injectable } from '@nestjs/common';
import { AssetsService } from '../assets/index.js';
import { type ComfyClient, type Graph, isJsonObject, parseJson, stringifyJson, toPlain } from '../comfyui/index.js';
import type { AttemptInput } from '../jobs/index.js';
import { type NodeMonitor, NodesService, respell } from '../nodes/index.js';
import { checkWorkflow, fillWorkflow, type WorkflowDefinition } from '../workflows/index.js';

export interface PreparedPrompt {
  graph: Graph;
  text: string;
  extraData: Record<string, unknown>;
}

const definitionsMax = 200;

@Injectable()
export class PromptPreparer {
  private readonly definitions = new Map<string, WorkflowDefinition>();

  constructor(
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(NodesService) private readonly nodes: NodesService,
  ) {}

  /** Uploads what the node lacks. Throws ComfyCallError when the node fails, Error when the stored input makes no sense. */
  async prepare(input: AttemptInput, monitor: NodeMonitor): Promise<PreparedPrompt> {
    const filled = this.graphOf(input);
    const readiness = this.nodes.readinessOf(monitor, this.nodes.requirementsOf(filled));
    const graph = readiness?.ready ? respell(filled, readiness.spelling) : filled;
    await this.placeAssets(graph, input, monitor.client);
    const extraData = input.extraData === null ? {} : parseJson(input.extraData);
    return { graph, text: stringifyJson(graph), extraData: isJsonObject(extraData) ? extraData : {} };
  }

  private async placeAssets(graph: Graph, input: AttemptInput, client: ComfyClient): Promise<void> {
    for (const { node, field, sha256 } of input.assets) {
      const inputs = graph[node]?.inputs;
      if (inputs) inputs[field] = await this.assets.placeOn(client, sha256);
    }
  }

  private graphOf(input: AttemptInput): Graph {
    if (input.graph !== null) return parseJson(input.graph) as Graph;
    if (input.templateDefinition === null) throw new Error('the job has neither a graph nor a template');
    const definition = this.definitionOf(input.templateDefinition);
    const filled = fillWorkflow(definition, parseJson(input.params ?? '{}'), { seed: () => 0 });
    if (!filled.ok) throw new Error(`the stored parameters no longer fit: ${filled.faults.map((fault) => fault.field).join(', ')}`);
    return filled.graph;
  }

  private definitionOf(text: string): WorkflowDefinition {
    const known = this.definitions.get(text);
    if (known) return known;
    const stored = parseJson(text) as { manifest: { name: string }; graph: unknown };
    const checked = checkWorkflow({ name: stored.manifest.name, manifest: toPlain(stored.manifest), graph: stored.graph });
    if (!checked.ok) throw new Error(`the stored workflow is broken: ${checked.faults.map((fault) => fault.message).join('; ')}`);
    if (this.definitions.size >= definitionsMax) this.definitions.clear();
    this.definitions.set(text, checked.definition);
    return checked.definition;
  }
}
