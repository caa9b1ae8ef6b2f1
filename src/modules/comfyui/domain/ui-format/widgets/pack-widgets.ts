/** Packs whose scripts read `widgets_values` in ways of their own: rgthree, VideoHelperSuite, and core's CustomCombo. */
import { asNumber, isJsonObject } from '../../json/json.js';
import { type ClassSpec, readInput } from './class-spec.js';
import { asList, asRecord, type JsonRecord, own, textOf } from '../values.js';
import { buildWidgets, listedValues, namedValues, type Widget, widgetsOf } from './build.js';

type Reader = (spec: ClassSpec, saved: unknown) => Widget[];

const byClass = new Map<string, Reader>([
  ['Power Lora Loader (rgthree)', powerLoras],
  ['CustomCombo', customCombo],
]);

/** The reader of a class that reads its values itself. */
export function packReader({ nodeClass, inputs }: ClassSpec): Reader | undefined {
  const reader = byClass.get(nodeClass);
  if (reader) return reader;
  return inputs.some(({ options }) => isJsonObject(options.formats)) ? withFormat : undefined;
}

const sent = (name: string, value: unknown): Widget => ({ name, value, saved: true, prompt: true });

/** Each LoRA is an object among the values; its second strength counts only where the node shows it. */
function powerLoras(_spec: ClassSpec, saved: unknown): Widget[] {
  const loras = asList(saved).filter((value): value is JsonRecord => isJsonObject(value) && 'lora' in value);
  return [
    sent('PowerLoraLoaderHeaderWidget', { type: 'PowerLoraLoaderHeaderWidget' }),
    ...loras.map(({ strengthTwo: _second, ...lora }, at) => sent(`lora_${at + 1}`, lora)),
    sent('➕ Add Lora', ''),
  ];
}

/** The list of options grows with its values. */
function customCombo({ inputs }: ClassSpec, saved: unknown): Widget[] {
  const [choice, , ...listed] = asList(saved);
  const options = listed.length > 0 ? listed : [''];
  const index = options.findIndex((option) => option === choice);
  return [
    ...inputs.slice(0, 1).map((spec) => ({ ...sent('choice', choice ?? ''), spec })),
    sent('index', index),
    ...options.map((option, at) => sent(`option${at + 1}`, textOf(option))),
  ];
}

/** VideoHelperSuite: the chosen format brings widgets of its own, and steps for sizes and frame counts. */
function withFormat(spec: ClassSpec, saved: unknown): Widget[] {
  const named = isJsonObject(saved);
  const choice = spec.inputs.find(({ options }) => isJsonObject(options.formats))!;
  const placed = named ? namedValues(saved) : listedValues(asList(saved));
  const widgets = buildWidgets(spec, placed);
  const at = widgets.findIndex(({ name }) => name === choice.name);
  const chosen = own(asRecord(choice.options.formats), String(widgets[at]?.value));
  const added = asList(chosen).flatMap((entry) => {
    const [name, type, options] = asList(entry);
    return typeof name === 'string' ? widgetsOf(readInput(name, [type, options], true)) : [];
  });
  for (const widget of added)
    if (named && Object.hasOwn(saved, widget.name)) widget.value = saved[widget.name];
  const before = own(asRecord(choice.options.formats), String(choice.options.default));
  const fitted = widgets.map((widget) => ({
    ...widget,
    value: fitToFormat(widget, asRecord(chosen), asRecord(before)),
  }));
  return [...fitted.slice(0, at + 1), ...added, ...fitted.slice(at + 1)];
}

/** A size that was the former format's becomes the new one's; frame counts move to the format's step. */
function fitToFormat({ name, value }: Widget, chosen: JsonRecord, before: JsonRecord): unknown {
  const number = asNumber(value);
  if (number === undefined || number === 0) return value;
  const dimension = { custom_width: 2, custom_height: 3 }[name];
  if (dimension !== undefined) {
    const [former, wanted] = [asList(before.dim)[dimension], asList(chosen.dim)[dimension]];
    return wanted !== undefined && asNumber(former) === number ? wanted : value;
  }
  if (name !== 'frame_load_cap') return value;
  const [step, offset] = asList(chosen.frames).map(asNumber);
  return step && offset !== undefined ? Math.round((number - offset) / step) * step + offset : value;
}
