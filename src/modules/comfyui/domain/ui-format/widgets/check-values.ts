/** Saved values that do not suit the class: a workflow of another version of it shifts its values without a word. */
import { isJsonObject, isLosslessNumber } from '../../json/json.js';
import type { UiProblem } from '../types.js';
import type { LoadedNode } from '../links/scope.js';
import { packReader } from './pack-widgets.js';
import type { Widget } from './build.js';

type Found = Omit<UiProblem, 'nodeId'>;

/** Inputs that the editor fills at the moment of queueing: by a camera, a microphone, a rendered scene. */
const filledByTheEditor = new Set(['WebcamCapture', 'RecordAudio', 'Load3D', 'Load3DAdvanced']);

export function problemsOfValues(node: LoadedNode, nodeId: string): UiProblem[] {
  const linked = new Set(
    node.inputs.flatMap(({ widget, link }) => (widget !== undefined && link ? [widget] : [])),
  );
  const found = [
    ...editorProblems(node, nodeId),
    ...countProblems(node, nodeId),
    ...node.widgets
      .filter(({ name }) => !linked.has(name))
      .flatMap((widget) => valueProblems(widget, nodeId)),
  ];
  return found.map((problem) => ({ ...problem, nodeId }));
}

function editorProblems({ file }: LoadedNode, nodeId: string): Found[] {
  if (!filledByTheEditor.has(file.type)) return [];
  const message = `Node ${nodeId} (${file.type}) is filled by the editor when it queues; here it keeps the file's value`;
  return [{ code: 'needs_the_editor', message }];
}

function countProblems({ file, spec, widgets }: LoadedNode, nodeId: string): Found[] {
  const { widgetsValues: values } = file;
  if (!Array.isArray(values) || values.length === 0 || spec === undefined || packReader(spec)) return [];
  const saved = widgets.filter((widget) => widget.saved);
  const needed = saved.findLastIndex(({ prompt }) => prompt) + 1;
  if (values.length >= needed && values.length <= saved.length) return [];
  const message = `Node ${nodeId} (${file.type}) has ${values.length} values for ${saved.length} widgets: it may be of another version`;
  return [{ code: 'value_count', message }];
}

function valueProblems({ name, value, spec }: Widget, nodeId: string): Found[] {
  if (spec === undefined) return [];
  const isNumber = typeof value === 'number' || isLosslessNumber(value);
  if ((spec.type === 'INT' || spec.type === 'FLOAT') && !isNumber) {
    const message = `Node ${nodeId}, ${name}: ${kindOf(value)} where a number belongs`;
    return [{ code: 'value_type', message, inputName: name }];
  }
  const choices = spec.options.image_upload === true ? [] : (spec.choices ?? []);
  if (choices.length === 0 || Array.isArray(value) || isJsonObject(value)) return [];
  if (choices.some((choice) => choice === value || (isNumber && Number(choice) === Number(value)))) return [];
  const message = `Node ${nodeId}, ${name}: no node offers ${nameOf(value)}`;
  return [{ code: 'value_not_offered', message, inputName: name }];
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, 100)}"`;
  return isLosslessNumber(value) ? value.value.slice(0, 100) : String(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return 'a text';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
