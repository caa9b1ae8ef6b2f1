/** Instances: a definition shown by a host at one place, with the values that the host gives its widgets. */
import type { FileLink } from '../file/read-file.js';
import { asList, asText, idOf } from '../values.js';
import type { Work } from '../work.js';
import { widgetFedBy } from './load-scopes.js';
import type { LoadedNode, Scope } from './scope.js';

export interface Frame {
  index: number;
  scope: Scope;
  /** Before the ids of its nodes: `12:5:`. */
  prefix: string;
  /** Undefined for the root. */
  outer?: { frame: Frame; host: LoadedNode };
  /** Values by slot of the definition's inputs. */
  promoted: Map<number, unknown>;
  /** Values of inner nodes' widgets by node and name. */
  overrides: Map<string, Map<string, unknown>>;
}

export class Frames {
  private readonly children = new Map<string, Frame>();
  private readonly promotions = new Map<Scope, number[]>();
  private readonly slots = new Map<LoadedNode, Map<string, number>>();
  private count = 1;

  constructor(private readonly work: Work) {}

  root(scope: Scope): Frame {
    return { index: 0, scope, prefix: '', promoted: new Map(), overrides: new Map() };
  }

  /** The instance that a host shows in the frame. */
  inside(frame: Frame, host: LoadedNode): Frame {
    const key = `${frame.index}|${host.id}`;
    const known = this.children.get(key);
    if (known) return known;
    const child: Frame = {
      index: this.count++,
      scope: host.definition!,
      prefix: `${frame.prefix}${host.id}:`,
      outer: { frame, host },
      promoted: new Map(),
      overrides: new Map(),
    };
    this.children.set(key, child);
    this.takeValues(child, host);
    for (const [name, value] of frame.overrides.get(host.id) ?? []) this.give(child, host, name, value);
    return child;
  }

  private takeValues(frame: Frame, host: LoadedNode): void {
    const values = asList(host.file.widgetsValues);
    const proxies = asList(host.file.properties.proxyWidgets);
    if (proxies.length === 0) return this.takePromoted(frame, values);
    for (const [place, proxy] of proxies.entries()) {
      if (place >= values.length || !this.work.spend(1)) return;
      this.giveProxy(frame, asList(proxy), values[place]);
    }
  }

  private takePromoted(frame: Frame, values: unknown[]): void {
    for (const [place, slot] of this.promotedInputs(frame.scope).entries()) {
      if (place >= values.length || !this.work.spend(1)) return;
      if (values[place] !== undefined) frame.promoted.set(slot, values[place]);
    }
  }

  /** `["-1", input]` or `[inner id, widget]`; `$$…` names a preview, which holds no value. */
  private giveProxy(frame: Frame, [inner, widget]: unknown[], value: unknown): void {
    const [id, name] = [idOf(inner), asText(widget)];
    if (id === undefined || name === undefined || name.startsWith('$$')) return;
    const { scope } = frame;
    if (id === '-1') {
      const slot = scope.inputSlots.get(name);
      if (slot !== undefined) frame.promoted.set(slot, value);
      return;
    }
    const node = scope.nodes.get(scope.renamed.get(id) ?? id);
    if (node?.kind === 'primitive') this.givePrimitive(frame, node, value);
    else if (node) this.giveInner(frame, node, name.replace(/^\d+: /, ''), value);
  }

  private giveInner(frame: Frame, node: LoadedNode, name: string, value: unknown): void {
    const link = node.inputs[this.slotsOf(node).get(name) ?? -1]?.link;
    if (link?.originId === frame.scope.inputNodeId) frame.promoted.set(link.originSlot, value);
    else override(frame, node.id, name, value);
  }

  private givePrimitive(frame: Frame, primitive: LoadedNode, value: unknown): void {
    for (const link of frame.scope.primitiveLinks.get(primitive.id) ?? []) {
      if (!this.work.spend(1)) return;
      const end = frame.scope.endOf.get(link);
      const name = end?.node.inputs[end.slot]?.widget;
      if (name !== undefined) override(frame, end!.node.id, name, value);
    }
  }

  /** A host's value named from outside: an input of its definition, or what its own proxies name. */
  private give(frame: Frame, host: LoadedNode, name: string, value: unknown): void {
    const slot = frame.scope.inputSlots.get(name);
    if (slot !== undefined) {
      frame.promoted.set(slot, value);
      return;
    }
    const proxies = asList(host.file.properties.proxyWidgets);
    if (!this.work.spend(proxies.length)) return;
    const proxy = proxies.find((entry) => asList(entry)[1] === name);
    if (proxy !== undefined) this.giveProxy(frame, asList(proxy), value);
  }

  /** The inputs of a definition that stand for a widget inside, by slot, ascending. */
  private promotedInputs(scope: Scope): number[] {
    const known = this.promotions.get(scope);
    if (known) return known;
    const slots = scope.inputs.flatMap((_, slot) =>
      (scope.inputLinks.get(slot) ?? []).some((link) => this.endsAtWidget(scope, link)) ? [slot] : [],
    );
    this.promotions.set(scope, slots);
    return slots;
  }

  private endsAtWidget(scope: Scope, link: FileLink): boolean {
    const end = scope.endOf.get(link);
    if (end?.node.kind === 'host') return this.promotedInputs(end.node.definition!).includes(end.slot);
    return end?.node.inputs[end.slot]?.widget !== undefined;
  }

  /** What a promoted input holds when no host gives it a value: what the first widget behind it holds. */
  valueBehind(scope: Scope, slot: number): unknown {
    for (const link of scope.inputLinks.get(slot) ?? []) {
      if (!this.work.spend(1)) return undefined;
      const end = scope.endOf.get(link);
      const widget = widgetFedBy(scope, link);
      if (widget) return widget.value;
      const inner = end?.node.kind === 'host' ? this.valueBehind(end.node.definition!, end.slot) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  }

  private slotsOf(node: LoadedNode): Map<string, number> {
    const known = this.slots.get(node);
    if (known) return known;
    const slots = new Map(
      node.inputs.map((input, slot) => [input.widget ?? input.name, slot] as const).toReversed(),
    );
    this.slots.set(node, slots);
    return slots;
  }
}

function override(frame: Frame, nodeId: string, name: string, value: unknown): void {
  const named = frame.overrides.get(nodeId) ?? new Map<string, unknown>();
  frame.overrides.set(nodeId, named.set(name, value));
}
