/** The widgets of a node with the values that the file holds for them, built in the editor's order. */
import { isJsonObject, toPlain } from '../../json/json.js';
import type { ClassSpec, InputSpec } from './class-spec.js';
import { readGroup } from './class-spec.js';
import { extrasOf, type ExtraWidget, isDropped } from './extra-widgets.js';
import { asList, asRecord, asText, own, textOf } from '../values.js';
import { defaultOf, isWidget } from './kinds.js';

export interface Widget {
  name: string;
  value: unknown;
  /** Takes a place in `widgets_values`. */
  saved: boolean;
  /** Goes into the prompt. */
  prompt: boolean;
  /** The input that it draws; undefined for what scripts add. */
  spec?: InputSpec;
  /** A dynamic combo's inputs without widget, under their full names. */
  sockets?: InputSpec[];
}

/** Takes the values that a file holds, one widget after the other. */
export interface SavedValues {
  /** Whether there is a value for the next widget; `take` then gives it. */
  has: (widget: Widget) => boolean;
  take: (widget: Widget) => unknown;
}

const maxWidgets = 5_000;

export function buildWidgets(spec: ClassSpec, saved: SavedValues): Widget[] {
  const built: Widget[] = [];
  const open = planOf(spec).toReversed();
  for (let next = open.pop(); next !== undefined && built.length < maxWidgets; next = open.pop()) {
    if (next.saved && saved.has(next)) next.value = accepted(next, saved.take(next));
    built.push(next);
    if (next.spec?.widgetType !== 'COMFY_DYNAMICCOMBO_V3') continue;
    const chosen = chosenInputs(next.spec, next.value);
    next.sockets = chosen.filter((input) => !isWidget(input));
    open.push(...chosen.filter(isWidget).flatMap(widgetsOf).toReversed());
  }
  return built;
}

/** What takes a place in `widgets_values` before any value is known. */
function planOf(spec: ClassSpec): Widget[] {
  const extras = extrasOf(spec.nodeClass);
  const after = (name: string) =>
    extras.filter((extra) => extra.after === name).flatMap(({ widgets }) => widgets.map(extraWidget));
  return [
    ...spec.inputs.flatMap((input) => [...drawn(spec.nodeClass, input), ...after(input.name)]),
    ...extras.filter((extra) => extra.after === undefined).flatMap(({ widgets }) => widgets.map(extraWidget)),
    ...uploadButton(spec),
  ];
}

/** rgthree's seed node brings buttons of its own in place of a control. */
function drawn(nodeClass: string, input: InputSpec): Widget[] {
  if (!isWidget(input) || isDropped(nodeClass, input.name)) return [];
  return nodeClass === 'Seed (rgthree)' ? widgetsOf(input).slice(0, 1) : widgetsOf(input);
}

function extraWidget({ name, value, prompt }: ExtraWidget): Widget {
  return { name, value, saved: true, prompt: prompt === true };
}

const uploadFlags = ['image_upload', 'video_upload', 'animated_image_upload', 'audio_upload'];

function uploadButton({ inputs }: ClassSpec): Widget[] {
  const first = inputs.find(
    ({ required, type, options }) =>
      required && type === 'COMBO' && uploadFlags.some((flag) => options[flag] === true),
  );
  return first ? [{ name: 'upload', value: 'image', saved: true, prompt: false }] : [];
}

/** An input's widget and those that control it. */
export function widgetsOf(spec: InputSpec): Widget[] {
  const widget: Widget = {
    name: spec.name,
    value: defaultOf(spec),
    saved: spec.widgetType !== 'IMAGECOMPARE',
    prompt: true,
    spec,
  };
  return [widget, ...controlsOf(spec)];
}

const seedNames = /^(noise_)?seed$/;

const control = (name: string): Widget => ({ name, value: 'fixed', saved: true, prompt: false });

function controlsOf({ name, widgetType, options }: InputSpec): Widget[] {
  const told = options.control_after_generate;
  const implied = told === undefined && widgetType === 'INT' && seedNames.test(name);
  if (!implied && (!told || !/^(INT|FLOAT|COMBO)$/.test(widgetType))) return [];
  return options.control_filter_list
    ? [control('control_after_generate'), control('control_filter_list')]
    : [control('control_after_generate')];
}

/** The inputs of the chosen option, named `parent.child`. An unknown option has none. */
export function chosenInputs(spec: InputSpec, chosen: unknown): InputSpec[] {
  const option = asList(spec.options.options).find(
    (item) => isJsonObject(item) && toPlain(item.key) === toPlain(chosen),
  );
  const { required, optional } = asRecord(asRecord(option).inputs);
  const children = [...readGroup(required, undefined, true), ...readGroup(optional, undefined, false)];
  return children.map((child) => ({ ...child, name: `${spec.name}.${child.name}` }));
}

/** What the widget makes of a saved value: the editor repairs little, and clamps, rounds or casts nothing. */
export function accepted(widget: Widget, value: unknown): unknown {
  const { spec } = widget;
  if (spec === undefined) return value;
  if (isTextBox(spec)) return textOf(value);
  if (spec.type === 'COMBO' && (value === null || value === undefined))
    return spec.choices && spec.choices.length > 0 ? spec.choices[0] : value;
  return value;
}

export const isTextBox = ({ widgetType, options }: InputSpec): boolean =>
  (widgetType === 'STRING' && options.multiline === true) ||
  widgetType === 'TEXTAREA' ||
  widgetType === 'MARKDOWN';

/** Values by place. */
export function listedValues(values: unknown[]): SavedValues {
  let next = 0;
  return { has: () => next < values.length, take: () => values[next++] };
}

/** Values by name, as VideoHelperSuite saves them. */
export function namedValues(values: Record<string, unknown>): SavedValues {
  return {
    has: ({ name }) => Object.hasOwn(values, name),
    take: ({ name }) => own(values, name),
  };
}

/**
 * Before 1.16 an input that is forced to be a socket had a place all the same. As in the editor, the list's length
 * alone tells.
 */
export function withoutForcedPlaces(spec: ClassSpec, values: unknown[]): unknown[] {
  const forced = spec.inputs
    .filter((input) => isWidget(input) || input.options.forceInput === true)
    .flatMap((input) => {
      const isForced = input.options.forceInput === true;
      return input.options.control_after_generate ? [isForced, false] : [isForced];
    });
  if (forced.length !== values.length || !forced.includes(true)) return values;
  return values.filter((_, place) => forced[place] !== true);
}

/** The text that a sampler's name had in 2023 before its own. */
export function withoutOldPrefix(nodeClass: string, widget: Widget): unknown {
  const isSampler = /^KSampler(Advanced)?$/.test(nodeClass) && widget.name === 'sampler_name';
  const text = asText(widget.value);
  return isSampler && text?.startsWith('sample_') ? text.slice('sample_'.length) : widget.value;
}
