import { behaviourOf } from '../nodes/behaviours.js';
import { NodeFailure } from '../nodes/node-run.js';
import type { NodeInputs, NodeValue } from '../nodes/sockets.js';
import type { QueueItem } from '../state/prompt-queue.js';
import { classTypeOf, inputsOfNode, nodeOf } from '../validation/graph-error.js';
import { isLink, type Dict, type Writable } from '../wire/values.js';
import { describeFailure, Interrupted, isOutOfMemory, ProcessExit, ThreadDeath } from './failures.js';
import { checkInterrupt, createNodeRun, type PromptRun } from './node-runner.js';
import { ExecutionPlan } from './plan.js';
import { ProgressState } from './progress-state.js';
import type { CachedNode } from './result-cache.js';
import { strikeNode } from './sampler-faults.js';
import { pause, type ServerContext } from './server-context.js';
import { signaturesOf } from './signature.js';

type Message = readonly [string, { readonly [key: string]: Writable }];

export interface ExecutionResult {
  readonly outcome: 'success' | 'error' | 'interrupted';
  readonly messages: readonly Message[];
  readonly outputs: ReadonlyMap<string, Writable>;
  readonly meta: ReadonlyMap<string, Writable>;
  readonly isUnserialisable: boolean;
}

/**
 * Runs one prompt and sends its events in the server's order. A node's failure or an interrupt is a result; what is
 * thrown (`ThreadDeath`, `PyError`, the end of the server's life) ends the worker thread.
 */
export async function executePrompt(context: ServerContext, item: QueueItem): Promise<ExecutionResult> {
  await pause(context, context.settings.lostFlagWindowMs);
  context.life.interrupt = false;
  const execution = new Execution(context, item);
  return execution.run();
}

class Execution {
  private readonly messages: Message[] = [];
  private readonly outputs = new Map<string, Writable>();
  private readonly meta = new Map<string, Writable>();
  private readonly finished = new Map<string, CachedNode>();
  private readonly executed: string[] = [];
  private readonly promptRun: PromptRun;
  private signatures: ReadonlyMap<string, string> = new Map();
  private isUnserialisable = false;

  constructor(
    private readonly context: ServerContext,
    private readonly item: QueueItem,
  ) {
    const clientId = item.extraData.get('client_id');
    const id = typeof clientId === 'string' ? clientId : null;
    const tellState = (state: Writable): void => {
      if (context.features.has('progressState'))
        context.life.hub.send('progress_state', state, context.features.has('privateProgress') ? id : null);
    };
    this.promptRun = {
      context,
      promptId: item.promptId,
      clientId: id,
      prompt: item.prompt,
      previews: previewMethod(context, item.extraData) !== 'none',
      progress: new ProgressState(item.promptId, context.features.has('progressThrottle'), tellState),
      entry: item.entry,
    };
  }

  async run(): Promise<ExecutionResult> {
    const { life, info, folders } = this.context;
    this.addMessage('execution_start', { prompt_id: this.item.promptId });
    if (this.context.faults.take('zombie') !== undefined) throw new ThreadDeath();
    this.signatures = signaturesOf(this.item.prompt, info, folders);
    life.cache.startPrompt(new Set(this.signatures.values()));
    const cached = [...this.item.prompt.keys()].filter((id) => this.cachedNode(id) !== undefined);
    this.addMessage('execution_cached', { nodes: cached, prompt_id: this.item.promptId });
    if (!this.context.features.has('visitedOutputsOnly')) this.keepCachedOutputs(cached);
    const plan = new ExecutionPlan(this.item.prompt, info, (id) => this.cachedNode(id) !== undefined);
    for (const output of this.item.outputs) plan.add(output);
    const outcome = await this.runPlan(plan);
    life.runningNode = undefined;
    const { messages, outputs, meta, isUnserialisable } = this;
    return { outcome, messages, outputs, meta, isUnserialisable };
  }

  private async runPlan(plan: ExecutionPlan): Promise<ExecutionResult['outcome']> {
    for (let id = plan.next(); id !== undefined; id = plan.next()) {
      const failure = await this.runNode(id);
      if (failure !== undefined) return failure;
      plan.complete(id);
    }
    this.addMessage('execution_success', { prompt_id: this.item.promptId });
    return 'success';
  }

  private async runNode(id: string): Promise<'error' | 'interrupted' | undefined> {
    const cached = this.cachedNode(id);
    if (cached !== undefined) {
      this.tell('executed', {
        node: id,
        display_node: id,
        output: cached.ui ?? null,
        prompt_id: this.item.promptId,
      });
      this.keepOutput(id, cached);
      this.promptRun.progress.finish(id);
      return undefined;
    }
    const inputs = this.resolveInputs(id);
    try {
      await this.runFresh(id, inputs);
      return undefined;
    } catch (error) {
      if (error instanceof Interrupted) return this.interrupted(id);
      const failure = this.asFailure(error);
      return this.failed(id, failure, inputs);
    }
  }

  private async runFresh(id: string, inputs: NodeInputs): Promise<void> {
    const className = this.classOf(id);
    this.promptRun.progress.start(id);
    this.context.life.runningNode = id;
    this.tell('executing', { node: id, display_node: id, prompt_id: this.item.promptId });
    checkInterrupt(this.context);
    strikeNode(this.context, id, className);
    const nodeRun = createNodeRun(
      this.promptRun,
      id,
      className,
      this.context.info.get(className) as Dict,
      inputs,
    );
    this.item.entry.ranNodes.push(id);
    const { outputs, ui } = await behaviourOf(nodeRun)(nodeRun);
    this.context.life.ended.throwIfAborted();
    const meta = { node_id: id, display_node: id, parent_node: null, real_node_id: id };
    const result: CachedNode = { outputs, ui, meta };
    this.context.life.cache.set(this.signatures.get(id) as string, result);
    this.finished.set(id, result);
    if (ui !== undefined) {
      this.strikeOutput(className);
      this.tell('executed', { node: id, display_node: id, output: ui, prompt_id: this.item.promptId });
    }
    this.keepOutput(id, result);
    this.promptRun.progress.finish(id);
    this.executed.push(id);
  }

  private strikeOutput(className: string): void {
    const { faults, life } = this.context;
    const fault = faults.take('unserialisable-output', (spec) => (spec.classType ?? className) === className);
    if (fault === undefined) return;
    this.isUnserialisable = true;
    if (this.promptRun.clientId === null || !life.hub.isConnected(this.promptRun.clientId)) return;
    this.context.exit(fault.spec.backAfterMs);
    throw new ProcessExit();
  }

  /** A node's own trouble, e.g. a full disk, is its failure; everything else ends the worker thread. */
  private asFailure(error: unknown): NodeFailure {
    if (error instanceof NodeFailure) return error;
    const endsThread =
      error instanceof ThreadDeath || error instanceof ProcessExit || this.context.life.ended.aborted;
    if (endsThread) throw error;
    return new NodeFailure('OSError', error instanceof Error ? error.message : String(error));
  }

  private interrupted(id: string): 'interrupted' {
    const data = {
      prompt_id: this.item.promptId,
      node_id: id,
      node_type: this.classOf(id),
      executed: this.executed,
    };
    this.addMessage('execution_interrupted', data, true);
    return 'interrupted';
  }

  private failed(id: string, failure: NodeFailure, inputs: NodeInputs): 'error' {
    const { current_inputs, ...described } = describeFailure(failure, this.classOf(id), inputs);
    const place = {
      prompt_id: this.item.promptId,
      node_id: id,
      node_type: this.classOf(id),
      executed: this.executed,
    };
    this.addMessage('execution_error', {
      ...place,
      ...described,
      current_inputs: current_inputs ?? null,
      current_outputs: [...this.item.prompt.keys()],
    });
    if (isOutOfMemory(failure)) this.context.life.vram.clear();
    return 'error';
  }

  private resolveInputs(id: string): NodeInputs {
    const inputs = inputsOfNode(nodeOf(this.item.prompt, id));
    return new Map(
      [...inputs].map(([name, value]): [string, NodeValue] => [
        name,
        isLink(value) ? this.linked(value[0], value[1]) : value,
      ]),
    );
  }

  private linked(from: string, slot: unknown): NodeValue {
    const source = this.finished.get(from) ?? this.cachedNode(from);
    return source?.outputs[Number(slot)] ?? null;
  }

  private cachedNode(id: string): CachedNode | undefined {
    const signature = this.signatures.get(id);
    return signature === undefined ? undefined : this.context.life.cache.get(signature);
  }

  /** Old servers list results of all cached nodes, visited in this run or not. */
  private keepCachedOutputs(ids: readonly string[]): void {
    for (const id of ids) this.keepOutput(id, this.cachedNode(id) as CachedNode);
  }

  private keepOutput(id: string, node: CachedNode): void {
    if (node.ui === undefined) return;
    this.outputs.set(id, node.ui);
    this.meta.set(id, node.meta);
  }

  private classOf(id: string): string {
    return classTypeOf(nodeOf(this.item.prompt, id));
  }

  /** To this prompt's client alone; nobody when it has none. */
  private tell(type: string, data: Writable): void {
    if (this.promptRun.clientId !== null) this.context.life.hub.send(type, data, this.promptRun.clientId);
  }

  private addMessage(type: string, data: { readonly [key: string]: Writable }, broadcast = false): void {
    const stamped = { ...data, timestamp: Date.now() };
    this.messages.push([type, stamped]);
    if (broadcast || this.promptRun.clientId !== null)
      this.context.life.hub.send(type, stamped, this.promptRun.clientId);
  }
}

function previewMethod(context: ServerContext, extraData: Dict): string {
  const own = context.features.has('previewMethodPerPrompt') ? extraData.get('preview_method') : undefined;
  return typeof own === 'string' && own !== 'default' ? own : context.settings.previewMethod;
}
