/** Loads the root and the definitions that it uses: nodes by kind, links by what they end at, primitives' values. */
import { isPause, type Steps } from '../../steps.js';
import type { SpecOf } from '../widgets/class-spec.js';
import { connect, loadInputs, loadWidgets } from './load-node.js';
import { virtualKind } from './node-kinds.js';
import type { FileLink, FileNode } from '../file/read-file.js';
import type { LoadedNode, Scope } from './scope.js';
import type { NumberedScope } from '../file/unique-ids.js';
import { asList, groupBy } from '../values.js';
import { accepted, type Widget } from '../widgets/build.js';

export class ScopeLoader {
  private readonly byId: Map<string, NumberedScope>;
  private readonly loaded = new Map<NumberedScope, Scope>();

  constructor(
    definitions: NumberedScope[],
    private readonly specOf: SpecOf,
  ) {
    // The first of two definitions of one id.
    this.byId = new Map(definitions.toReversed().map((definition) => [definition.id ?? '', definition]));
  }

  *load(numbered: NumberedScope): Steps<Scope> {
    const known = this.loaded.get(numbered);
    if (known) return known;
    const byLinkId = new Map(numbered.links.toReversed().map((link) => [link.id, link]));
    yield undefined;
    const links = [...byLinkId.values()].toReversed();
    yield undefined;
    const incoming = groupBy(links, ({ targetId }) => targetId);
    yield undefined;
    const scope: Scope = {
      ...numbered,
      nodes: new Map(),
      endOf: new Map(),
      inputSlots: new Map(numbered.inputs.map(({ name }, slot) => [name, slot] as const).toReversed()),
      primitiveLinks: new Map(),
      outputLinks: new Map(
        (incoming.get(numbered.outputNodeId) ?? []).toReversed().map((link) => [link.targetSlot, link]),
      ),
      inputLinks: groupBy(
        links.filter(({ originId }) => originId === numbered.inputNodeId),
        ({ originSlot }) => originSlot,
      ),
    };
    this.loaded.set(numbered, scope);
    yield undefined;
    for (const [at, file] of numbered.nodes.entries()) {
      const node = yield* this.loadNode(file, incoming.get(file.id) ?? []);
      scope.nodes.set(file.id, node);
      for (const [slot, { link }] of node.inputs.entries()) if (link) scope.endOf.set(link, { node, slot });
      if (isPause(at)) yield undefined;
    }
    yield undefined;
    const fromPrimitives = links.filter(({ originId }) => scope.nodes.get(originId)?.kind === 'primitive');
    scope.primitiveLinks = groupBy(fromPrimitives, ({ originId }) => originId);
    for (const link of fromPrimitives) applyPrimitive(scope, link);
    return scope;
  }

  private *loadNode(file: FileNode, incoming: FileLink[]): Steps<LoadedNode> {
    const definition = this.byId.get(file.type);
    const node = definition ? hostOf(file, definition) : this.plainNode(file);
    connect(node.inputs, file, incoming);
    // The numbers of inner nodes are known: a definition is loaded once, however many hosts show it.
    if (definition) node.definition = yield* this.load(definition);
    return node;
  }

  private plainNode(file: FileNode): LoadedNode {
    const spec = this.specOf(file.type);
    const base = { id: file.id, file, outputTypes: file.outputTypes, widgets: [] };
    if (spec === undefined) {
      const inputs = (file.inputs ?? [{ name: '', type: '*' }]).map(({ name, type }) => ({ name, type }));
      return { ...base, kind: virtualKind(file.type) ?? 'missing', inputs };
    }
    const widgets = loadWidgets(spec, file.widgetsValues);
    return {
      ...base,
      kind: 'class',
      spec,
      widgets,
      inputs: loadInputs(spec, widgets, file),
      outputTypes: spec.outputTypes.map((type, slot) =>
        type.startsWith('COMFY_') ? (file.outputTypes[slot] ?? '*') : type,
      ),
    };
  }
}

function hostOf(file: FileNode, definition: NumberedScope): LoadedNode {
  return {
    id: file.id,
    kind: 'host',
    file,
    inputs: definition.inputs.map(({ name, type }) => ({ name, type })),
    outputTypes: definition.outputs.map(({ type }) => type),
    widgets: [],
  };
}

/** A primitive writes its value into the widgets that it feeds, whatever its mode. */
function applyPrimitive(scope: Scope, link: FileLink): void {
  const [value] = asList(scope.nodes.get(link.originId)?.file.widgetsValues);
  const widget = widgetFedBy(scope, link);
  if (widget && value !== undefined) widget.value = accepted(widget, value);
}

/** The widget whose slot the link ends at. */
export function widgetFedBy(scope: Scope, link: FileLink): Widget | undefined {
  const end = scope.endOf.get(link);
  const name = end?.node.inputs[end.slot]?.widget;
  return name === undefined ? undefined : end?.node.widgets.find((widget) => widget.name === name);
}
