/** Puts a node's slots into the order of its class and its saved values into its widgets. */
import { isJsonObject } from '../../json/json.js';
import type { ClassSpec, InputSpec } from '../widgets/class-spec.js';
import { packReader } from '../widgets/pack-widgets.js';
import type { FileInput, FileLink, FileNode } from '../file/read-file.js';
import type { Slot } from './scope.js';
import { asRecord, asList, asText } from '../values.js';
import { isWidget } from '../widgets/kinds.js';
import {
  buildWidgets,
  listedValues,
  namedValues,
  type Widget,
  withoutForcedPlaces,
  withoutOldPrefix,
} from '../widgets/build.js';

export function loadWidgets(spec: ClassSpec, saved: unknown): Widget[] {
  const reader = packReader(spec);
  if (reader) return reader(spec, saved);
  const values = isJsonObject(saved)
    ? namedValues(saved)
    : listedValues(withoutForcedPlaces(spec, asList(saved)));
  const widgets = buildWidgets(spec, values);
  for (const widget of widgets) widget.value = withoutOldPrefix(spec.nodeClass, widget);
  return widgets;
}

/**
 * The inputs that a class has in the editor: sockets first, then the widgets' slots. What the file has beyond them
 * stays, unless its widget or the option that it belongs to is gone.
 */
export function loadInputs(spec: ClassSpec, widgets: Widget[], { inputs }: FileNode): Slot[] {
  const fromFile = new Map((inputs ?? []).map((input) => [input.name, input]));
  const slots = slotsOf(spec, widgets).flatMap((slot) => (slot.grows ? grown(slot, inputs ?? []) : [slot]));
  const known = new Set(slots.map(({ name }) => name));
  const typed = slots.map(({ grows: _grows, ...slot }) => {
    const seen = fromFile.get(slot.name);
    return slot.type === '?' ? { ...slot, type: seen?.type ?? '*' } : slot;
  });
  const chosen = widgets.filter(({ spec: input }) => input?.widgetType === 'COMFY_DYNAMICCOMBO_V3');
  const isGone = (name: string) => chosen.some((combo) => name.startsWith(`${combo.name}.`));
  const extra = (inputs ?? []).filter(
    ({ name, widget }) => !known.has(name) && widget === undefined && !isGone(name),
  );
  return [...typed, ...extra.map(({ name, type }) => ({ name, type }))];
}

interface ClassSlot extends Slot {
  /** The name under which an input grows more of its kind. */
  grows?: true;
}

function slotsOf(spec: ClassSpec, widgets: Widget[]): ClassSlot[] {
  const sockets = spec.inputs.filter((input) => !isWidget(input)).map(socketOf);
  return [...sockets, ...widgets.flatMap(widgetSlots)];
}

function widgetSlots({ name, spec, sockets }: Widget): ClassSlot[] {
  if (spec === undefined) return [];
  const inner = (sockets ?? []).map(socketOf);
  if (spec.options.socketless === true) return inner;
  return [...inner, { name, type: spec.type, widget: name }];
}

function socketOf({ name, type, options }: InputSpec): ClassSlot {
  if (type === 'COMFY_AUTOGROW_V3') return { name, type, grows: true };
  if (type !== 'COMFY_MATCHTYPE_V3') return { name, type };
  return { name, type: asText(asRecord(options.template).allowed_types) ?? '*' };
}

/** The file's own slots of a growing input, in the file's order. */
function grown({ name }: Slot, inputs: FileInput[]): ClassSlot[] {
  return inputs
    .filter((input) => input.name.startsWith(`${name}.`))
    .map((input) => ({ name: input.name, type: input.type }));
}

/**
 * Hangs the links on the inputs. The list of links decides what is connected; an input that names a link gets that one,
 * whatever slot the list tells.
 */
export function connect(inputs: Slot[], file: FileNode, incoming: FileLink[]): void {
  const byName = new Map(inputs.map((input) => [input.name, input]));
  const named = file.inputs ?? [];
  const open = hangNamed(byName, named, incoming);
  const listed = new Set(named.map(({ name }) => name));
  for (const link of open) {
    const told = named[link.targetSlot];
    const placed = inputs[link.targetSlot];
    const isFree = placed && !listed.has(placed.name) && told?.widget === undefined;
    const slot = byName.get(told?.name ?? '') ?? (isFree ? placed : undefined);
    if (slot && slot.link === undefined) slot.link = link;
  }
}

/** Hangs the links that inputs name. Answers the others. */
function hangNamed(
  byName: ReadonlyMap<string, Slot>,
  named: readonly FileInput[],
  incoming: readonly FileLink[],
): Iterable<FileLink> {
  const open = new Map(incoming.map((link) => [link.id, link]));
  for (const { name, link } of named) {
    const found = link === undefined ? undefined : open.get(link);
    const slot = byName.get(name);
    if (found === undefined || slot === undefined || slot.link) continue;
    slot.link = found;
    open.delete(found.id);
  }
  return open.values();
}
