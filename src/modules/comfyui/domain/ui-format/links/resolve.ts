/** Follows a link to what the server would be told: an output of a node that runs, a value, or nothing. */
import { isPause, type Steps } from '../../steps.js';
import { type Frame, type Frames } from './frames.js';
import type { FileLink } from '../file/read-file.js';
import type { Work } from '../work.js';
import type { LoadedNode, Scope } from './scope.js';
import { asList, asText } from '../values.js';

export type Source =
  | { kind: 'output'; nodeId: string; slot: number }
  /** A subgraph's value of a widget; without one the widgets behind the definition's input keep theirs. */
  | { kind: 'promoted'; value?: unknown; scope: Scope; slot: number }
  | { kind: 'nothing'; why?: 'no_source' | 'ring' };

interface Place {
  frame: Frame;
  nodeId: string;
  slot: number;
}

type Step = { at: Place } | { end: Source };

const nothing: Step = { end: { kind: 'nothing' } };
const muted = 2;
const bypassed = 4;

export class Resolver {
  private readonly known = new Map<string, Source>();
  private readonly sets = new Map<Frame['scope'], Map<string, LoadedNode>>();

  private readonly types = new Map<string, number>();

  constructor(
    private readonly frames: Frames,
    private readonly work: Work,
  ) {}

  /** `wanted` is the type of the input that asks. */
  *resolve(frame: Frame, link: FileLink, wanted: string): Steps<Source> {
    const passed: string[] = [];
    const seen = new Set<string>();
    let promoted: unknown;
    const type = this.numberOf(wanted);
    let at: Place = { frame, nodeId: link.originId, slot: link.originSlot };
    for (;;) {
      if (!this.work.spend(1)) return { kind: 'nothing' };
      if (isPause(passed.length)) yield undefined;
      const key = `${at.frame.index}|${at.nodeId}|${at.slot}|${type}`;
      const known = promoted === undefined ? this.known.get(key) : undefined;
      if (known) return this.keep(passed, known);
      if (seen.has(key)) return this.keep(passed, { kind: 'nothing', why: 'ring' });
      seen.add(key);
      passed.push(key);
      const own = this.promotedAt(at);
      if (own !== undefined) promoted = own;
      const step = this.step(at, wanted);
      if ('at' in step) at = step.at;
      else return this.keep(passed, this.settled(step.end, promoted));
    }
  }

  /** Types are texts of any length; a number keeps the keys short. */
  private numberOf(type: string): number {
    const number = this.types.get(type) ?? this.types.size;
    this.types.set(type, number);
    return number;
  }

  private settled(end: Source, promoted: unknown): Source {
    return end.kind === 'promoted' && promoted !== undefined ? { ...end, value: promoted } : end;
  }

  /** What was passed on the way ends the same; a promoted value depends on where the way began. */
  private keep(passed: string[], end: Source): Source {
    const keys = end.kind === 'promoted' ? passed.slice(0, 1) : passed;
    for (const key of keys) this.known.set(key, end);
    return end;
  }

  private promotedAt({ frame, nodeId, slot }: Place): unknown {
    return nodeId === frame.scope.inputNodeId ? frame.promoted.get(slot) : undefined;
  }

  private step(place: Place, wanted: string): Step {
    const { frame, nodeId, slot } = place;
    if (frame.outer && nodeId === frame.scope.inputNodeId) return this.outward(frame, slot);
    const node = frame.scope.nodes.get(nodeId);
    if (node === undefined) return { end: { kind: 'nothing', why: 'no_source' } };
    if (node.file.mode === muted) return nothing;
    if (node.kind === 'reroute') return through(frame, node, slot);
    if (node.file.mode === bypassed) {
      this.work.spend(node.inputs.length);
      return through(frame, node, bypassSlot(node, slot, wanted));
    }
    if (node.kind === 'host') return this.inward(frame, node, slot);
    if (node.kind === 'set') return through(frame, node, 0);
    if (node.kind === 'get') return this.across(frame, node);
    if (node.kind === 'primitive' || node.kind === 'note') return nothing;
    return { end: { kind: 'output', nodeId: `${frame.prefix}${node.id}`, slot } };
  }

  private outward({ outer, scope }: Frame, slot: number): Step {
    const input = outer!.host.inputs[slot];
    if (input?.link) return { at: sourceOf(outer!.frame, input.link) };
    return { end: { kind: 'promoted', scope, slot } };
  }

  private inward(frame: Frame, host: LoadedNode, slot: number): Step {
    const link = host.definition!.outputLinks.get(slot);
    return link ? { at: sourceOf(this.frames.inside(frame, host), link) } : nothing;
  }

  /** A Get goes to the Set of its name, here or in a graph around. */
  private across(from: Frame, node: LoadedNode): Step {
    const name = asText(asList(node.file.widgetsValues)[0]);
    if (name === undefined) return nothing;
    for (let frame: Frame | undefined = from; frame; frame = frame.outer?.frame) {
      const set = this.setsOf(frame).get(name);
      if (set) return set.file.mode === muted ? nothing : through(frame, set, 0);
    }
    return nothing;
  }

  private setsOf({ scope }: Frame): Map<string, LoadedNode> {
    const known = this.sets.get(scope);
    if (known) return known;
    const sets = new Map<string, LoadedNode>();
    for (const node of scope.nodes.values()) {
      const name = node.kind === 'set' ? asText(asList(node.file.widgetsValues)[0]) : undefined;
      if (name !== undefined && !sets.has(name)) sets.set(name, node);
    }
    this.sets.set(scope, sets);
    return sets;
  }
}

function through(frame: Frame, node: LoadedNode, slot: number): Step {
  const link = node.inputs[slot]?.link;
  return link ? { at: sourceOf(frame, link) } : nothing;
}

const sourceOf = (frame: Frame, link: FileLink): Place => ({
  frame,
  nodeId: link.originId,
  slot: link.originSlot,
});

/** The input that stands in for an output of a bypassed node; -1 for none. It is taken whether or not it is linked. */
function bypassSlot({ inputs, outputTypes }: LoadedNode, slot: number, wanted: string): number {
  if (wanted === '*' || wanted === '') return slot < inputs.length ? slot : 0;
  const [fitsOutput, fitsWanted] = [fitterOf(outputTypes[slot] ?? '*'), fitterOf(wanted)];
  const fits = ({ type }: { type: string }) => fitsOutput(type) && fitsWanted(type);
  if (slot < inputs.length && fits(inputs[slot]!)) return slot;
  const exact = inputs.findIndex(({ type }) => type === wanted);
  return exact >= 0 ? exact : inputs.findIndex(fits);
}

/** Types fit when they share a part of `A,B`; `*` fits every one. */
function fitterOf(type: string): (other: string) => boolean {
  if (type === '*' || type === '') return () => true;
  const parts = new Set(type.toLowerCase().split(','));
  return (other) =>
    other === '*' ||
    other === '' ||
    other
      .toLowerCase()
      .split(',')
      .some((part) => parts.has(part));
}
