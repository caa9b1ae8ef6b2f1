/** Turns a job's stored input into the text of a prompt for one node: template filled, files placed, names respelled. */
import { Inject, Injectable } from '@nestjs/common';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { SecretBox } from '../../../platform/secrets/index.js';
import { AssetsService } from '../../assets/index.js';
import {
  ComfyCallError,
  type ComfyClient,
  type Graph,
  isJsonObject,
  parseInTurns,
  parseJson,
  stringifyInTurns,
  toPlain,
} from '../../comfyui/index.js';
import { type AssetInput, type AttemptInput, putFile, withoutFiles } from '../../jobs/index.js';
import { ClusterInventory, type NodeMonitor, NodesService, respell } from '../../nodes/index.js';
import { checkWorkflow, fillWorkflow, type WorkflowDefinition } from '../../workflows/index.js';
import { lacksPlaced } from '../domain/placed-inputs.js';
import { lacksByNow } from '../domain/attempt/stale-placement.js';
import { close, type Closing, dependencyGone, stalePlacement } from '../domain/attempt/step.js';

export interface PreparedPrompt {
  graph: Graph;
  /** Files that were put on the node for this prompt, now or earlier. */
  placed: AssetInput[];
  text: string;
  extraData: Record<string, unknown>;
}

/** A closing that may carry the node's own errors. */
export type Refusal = Closing & { details?: unknown };

const definitionsMax = 200;

@Injectable()
export class PromptPreparer {
  private readonly definitions = new Map<string, WorkflowDefinition>();

  constructor(
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
    @Inject(SecretBox) private readonly secretBox: SecretBox,
  ) {}

  /** Why a prompt must not go to the node after all, by what is known now; undefined: it may. */
  refusalOf(promptId: string, monitor: NodeMonitor): string | undefined {
    return this.nodes.refusalOf(monitor, promptId);
  }

  /** Claims a node that the prompt would try; answers why it must not. */
  async claimRefusalOf(promptId: string, monitor: NodeMonitor): Promise<string | undefined> {
    return this.nodes.claimRefusalOf(monitor, promptId);
  }

  /** Uploads what the node lacks; a closing when the node fails or the input makes no sense. Throws when the fault is ours. */
  async prepare(
    input: AttemptInput,
    monitor: NodeMonitor,
    decidedOn: number | null,
  ): Promise<PreparedPrompt | Closing> {
    try {
      return await this.fillAndPlace(input, monitor, decidedOn);
    } catch (error) {
      if (isDatabaseUnavailable(error) || isSystemError(error)) throw error;
      if (error instanceof ComfyCallError)
        return close('not_sent', `the inputs could not be placed on the node: ${error.message}`);
      return close('invalid', error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * A refusal for want of a file that we put there once: the node is at fault, not the graph, and gets the file anew next time.
   * For want of another file or a class, the node is asked again at once: what is gone from its lists as well is waited for,
   * and every replica knows so before the job is back in the queue; a node that contradicts its own lists has failed.
   */
  async refused(prompt: PreparedPrompt, refusal: Refusal, monitor: NodeMonitor): Promise<Refusal> {
    if (refusal.outcome === 'missing_dep') {
      const contradictsItself = await this.stillLists(prompt, refusal, monitor);
      return contradictsItself ? refusal : { ...refusal, code: dependencyGone };
    }
    if (refusal.outcome !== 'invalid' || !lacksPlaced(refusal.details, prompt.placed)) return refusal;
    this.assets.forgetPlacements(monitor.client);
    return { ...refusal, outcome: 'missing_dep' };
  }

  private async stillLists(
    { graph, placed }: PreparedPrompt,
    { details }: Refusal,
    monitor: NodeMonitor,
  ): Promise<boolean> {
    const refused = classesIn(details);
    const classes = refused.length > 0 ? refused : Object.values(graph).map(({ class_type }) => class_type);
    const looked = await monitor.lookAgainAt(new Set(classes));
    await this.nodes.written(monitor);
    const needs = this.inventory.requirementsOf(withoutFiles(graph, placed));
    return looked && this.nodes.readinessOf(monitor, needs)?.ready === true;
  }

  /** Puts a file on the node that a job will probably need there. Errors: those of the transfer. */
  async preload(sha256: string, { client }: NodeMonitor): Promise<void> {
    await this.assets.placeOn(client, sha256);
  }

  /** To be called when the node may be another process, with another disk. */
  forgetPlacements({ client }: NodeMonitor): void {
    this.assets.forgetPlacements(client);
  }

  private async fillAndPlace(
    input: AttemptInput,
    monitor: NodeMonitor,
    decidedOn: number | null,
  ): Promise<PreparedPrompt | Closing> {
    const filled = await this.graphOf(input);
    const needs = await this.inventory.needsOf(withoutFiles(filled, input.assets));
    const readiness = this.nodes.readinessOf(monitor, needs);
    if (lacksByNow({ decidedOn, ver: monitor.standing.ver, isReady: readiness?.ready }))
      return close('withdrawn', 'the node lacks by now what the job needs', stalePlacement);
    const graph = readiness?.ready ? respell(filled, readiness.spelling) : filled;
    await this.placeAssets(graph, input, monitor.client);
    return {
      graph,
      placed: input.assets,
      text: await stringifyInTurns(graph),
      extraData: await this.extraDataOf(input),
    };
  }

  private async extraDataOf({ extraData, secrets }: AttemptInput): Promise<Record<string, unknown>> {
    const texts = [extraData, secrets && (await this.secretBox.unseal(secrets))];
    const parts = await Promise.all(texts.map(async (text) => (text === null ? {} : parseInTurns(text))));
    return Object.assign({}, ...parts.filter(isJsonObject)) as Record<string, unknown>;
  }

  private async placeAssets(graph: Graph, input: AttemptInput, client: ComfyClient): Promise<void> {
    for (const asset of input.assets) putFile(graph, asset, await this.assets.placeOn(client, asset.sha256));
  }

  private async graphOf(input: AttemptInput): Promise<Graph> {
    if (input.graph !== null) return (await parseInTurns(input.graph)) as Graph;
    if (input.templateDefinition === null) throw new Error('the job has neither a graph nor a template');
    const definition = this.definitionOf(input.templateDefinition);
    const filled = fillWorkflow(definition, await parseInTurns(input.params ?? '{}'), {
      seed: () => 0,
    });
    if (!filled.ok)
      throw new Error(
        `the stored parameters no longer fit: ${filled.faults.map((fault) => fault.field).join(', ')}`,
      );
    return filled.graph;
  }

  private definitionOf(text: string): WorkflowDefinition {
    const known = this.definitions.get(text);
    if (known) return known;
    const stored = parseJson(text) as { manifest: { name: string }; graph: unknown };
    const checked = checkWorkflow({
      name: stored.manifest.name,
      manifest: toPlain(stored.manifest),
      graph: stored.graph,
    });
    if (!checked.ok)
      throw new Error(
        `the stored workflow is broken: ${checked.faults.map((fault) => fault.message).join('; ')}`,
      );
    if (this.definitions.size >= definitionsMax) this.definitions.clear();
    this.definitions.set(text, checked.definition);
    return checked.definition;
  }
}

/** A file of ours that cannot be read: no fault of the job's, and it may pass. */
const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

/** Of the nodes of the graph that ComfyUI's `node_errors` name. */
function classesIn(details: unknown): string[] {
  const errors = isJsonObject(details) ? Object.values(details) : [];
  return errors.flatMap((error) =>
    isJsonObject(error) && typeof error.class_type === 'string' ? [error.class_type] : [],
  );
}
