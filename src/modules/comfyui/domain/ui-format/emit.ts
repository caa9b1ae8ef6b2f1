/** Writes the API graph: every node that runs, its widgets' values and what its links come to. */
import type { Steps } from '../steps.js';
import type { Frame, Frames } from './links/frames.js';
import type { Resolver } from './links/resolve.js';
import type { LoadedNode, Slot } from './links/scope.js';
import { processDynamicPrompt, replaceFileNameTokens } from './widgets/text-hooks.js';
import type { ConvertedGraph, ConvertedNode, ConvertOptions, UiProblem } from './types.js';
import type { Work } from './work.js';
import { problemsOfValues } from './widgets/check-values.js';
import { viewportState } from './widgets/viewport.js';
import type { Widget } from './widgets/build.js';

const maxProblems = 200;
const runs = (node: LoadedNode): boolean => node.file.mode !== 2 && node.file.mode !== 4;

export interface Emission {
  graph: ConvertedGraph;
  problems: UiProblem[];
}

export interface EmitTools {
  frames: Frames;
  work: Work;
  resolver: Resolver;
  /** The text of a node's widget, for file names. */
  widgetValue: (node: string, widget: string) => string | undefined;
}

/** Stops where the work is spent: the caller then refuses the whole. */
export function* emitSteps(root: Frame, tools: EmitTools, options: ConvertOptions): Steps<Emission> {
  const nodes: [string, ConvertedNode][] = [];
  const problems: UiProblem[] = [];
  const emitter = new NodeEmitter(tools, options, problems);
  const open = [root];
  for (let frame = open.pop(); frame !== undefined; frame = open.pop()) {
    for (const node of frame.scope.nodes.values()) {
      if (!tools.work.spendNode()) return { graph: {}, problems };
      yield undefined;
      if (!runs(node)) continue;
      if (node.kind === 'host') open.push(tools.frames.inside(frame, node));
      if (node.kind === 'class' && problems.length < maxProblems)
        problems.push(...problemsOfValues(node, `${frame.prefix}${node.id}`));
      if (node.kind === 'class') nodes.push([`${frame.prefix}${node.id}`, yield* emitter.emit(frame, node)]);
    }
  }
  return { graph: Object.fromEntries(nodes), problems };
}

class NodeEmitter {
  constructor(
    private readonly tools: EmitTools,
    private readonly options: ConvertOptions,
    private readonly problems: UiProblem[],
  ) {}

  *emit(frame: Frame, node: LoadedNode): Steps<ConvertedNode> {
    const inputs = new Map<string, unknown>();
    const given = frame.overrides.get(node.id);
    for (const widget of node.widgets)
      if (widget.prompt)
        inputs.set(
          widget.name,
          wrapped(widget, given?.has(widget.name) ? given.get(widget.name) : this.hooked(node, widget)),
        );
    this.tools.work.spend(node.widgets.length + node.inputs.length);
    for (const slot of node.inputs) if (slot.link) yield* this.connect(frame, node, slot, inputs);
    for (const value of inputs.values()) this.tools.work.spendValue(value);
    return {
      inputs: Object.fromEntries([...inputs].filter(([, value]) => value !== undefined)),
      class_type: node.file.type,
      _meta: metaOf(node),
    };
  }

  private *connect(frame: Frame, node: LoadedNode, slot: Slot, inputs: Map<string, unknown>): Steps<void> {
    const source = yield* this.tools.resolver.resolve(frame, slot.link!, slot.type);
    const widget = node.widgets.find(({ name }) => name === slot.widget);
    if (source.kind === 'output') inputs.set(slot.name, [source.nodeId, source.slot]);
    // A promoted widget's value goes out as it is: the hooks of the inner widget do not see it.
    else if (source.kind === 'promoted') {
      const own = widget ? widget.value : this.tools.frames.valueBehind(source.scope, source.slot);
      const value = 'value' in source ? source.value : own;
      if (value !== undefined) inputs.set(slot.name, wrapped(widget, value));
    } else if (source.kind === 'nothing' && source.why) this.tell(frame, node, slot, source.why);
  }

  private tell(frame: Frame, node: LoadedNode, slot: Slot, why: 'no_source' | 'ring'): void {
    const nodeId = `${frame.prefix}${node.id}`;
    this.problems.push({
      code: why === 'ring' ? 'link_ring' : 'link_without_source',
      message:
        why === 'ring'
          ? `Node ${nodeId}, ${slot.name}: the link goes round in a ring of nodes that only pass it on`
          : `Node ${nodeId}, ${slot.name}: the link comes from a node that is not in the file`,
      nodeId,
      inputName: slot.name,
    });
  }

  private hooked(node: LoadedNode, { name, value, spec }: Widget): unknown {
    if (name === 'viewport_state' && spec?.type === 'LOAD_3D')
      return viewportState(value, node.file.properties);
    if (typeof value !== 'string') return value;
    if (spec?.options.dynamicPrompts === true)
      return processDynamicPrompt(value, this.options.random ?? (() => 0));
    if (name === 'filename_prefix' && savesUnderTokens(node))
      return replaceFileNameTokens(value, { now: this.options.now, widgetValue: this.tools.widgetValue });
    return value;
  }
}

function savesUnderTokens({ file }: LoadedNode): boolean {
  return /^(Save|CLIPSave|VAESave|ModelSave|Lora)/.test(file.type);
}

/** Lists would look like links to the server. */
function wrapped(widget: Widget | undefined, value: unknown): unknown {
  if (widget?.spec?.widgetType === 'CURVE' && value !== undefined)
    return { __type__: 'CURVE', __value__: value };
  return Array.isArray(value) ? { __value__: value } : value;
}

const versionText = /^(v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?|[0-9a-f]{7,40})$/;
const registryId = /^[a-zA-Z0-9._-]{1,100}$/;
const repository = /^[^/\s]+\/[^/\s]+$/;

function metaOf({ file, spec }: LoadedNode): ConvertedNode['_meta'] {
  const { cnr_id: cnrId, aux_id: auxId, ver } = file.properties;
  return {
    title: file.title ?? spec!.title,
    ...(typeof cnrId === 'string' && registryId.test(cnrId) ? { cnr_id: cnrId } : {}),
    ...(typeof auxId === 'string' && repository.test(auxId) ? { aux_id: auxId } : {}),
    ...(typeof ver === 'string' && versionText.test(ver) ? { ver } : {}),
  };
}
