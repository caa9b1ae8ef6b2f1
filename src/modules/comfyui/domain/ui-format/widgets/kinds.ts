/** Which inputs the editor draws as widgets, and what a new widget holds. Facts of ComfyUI's editor 1.58. */
import type { InputSpec } from './class-spec.js';

const emptyText = () => '';
const given = (fallback: unknown) => (spec: InputSpec) => spec.options.default ?? fallback;

/** Widget constructors of the editor and of the packs that register some: the value of a new widget. */
const newValue = new Map<string, (spec: InputSpec) => unknown>([
  ['INT', given(0)],
  ['FLOAT', given(0)],
  ['BOOLEAN', given(false)],
  ['STRING', given('')],
  ['COMBO', newChoice],
  ['MARKDOWN', given('')],
  ['TEXTAREA', given('')],
  ['COLOR', given('#000000')],
  ['COLORS', given([])],
  [
    'CURVE',
    given({
      points: [
        [0, 0],
        [1, 1],
      ],
      interpolation: 'monotone_cubic',
    }),
  ],
  ['RANGE', given({ min: 0, max: 1 })],
  ['BOUNDING_BOX', given({ x: 0, y: 0, width: 512, height: 512 })],
  ['BOUNDING_BOXES', given([])],
  ['COMPOSITOR', given({})],
  ['PAINTER', given('')],
  ['CHART', given({})],
  ['GALLERIA', given([])],
  ['IMAGECOMPARE', () => ['', '']],
  ['IMAGEUPLOAD', emptyText],
  ['VIDEO_EDIT', given({})],
  ['RESOLUTION_PREVIEW', emptyText],
  ['LIGHT_INFO_PREVIEW', emptyText],
  ['COMFY_DYNAMICCOMBO_V3', (spec) => optionKeys(spec)[0]],
  ['COMFY_DYNAMICGROUP_V3', given(undefined)],
  ['WEBCAM', emptyText],
  ['AUDIO_UI', emptyText],
  ['AUDIO_RECORD', emptyText],
  ['AUDIOUPLOAD', emptyText],
  ['LOAD_3D', emptyText],
  ['LOAD_3D_ADVANCED', emptyText],
  ['VHSTIMESTAMP', given(0)],
  ['VHSPATH', given('')],
]);

export function isWidget(spec: InputSpec): boolean {
  return newValue.has(spec.widgetType) && spec.options.forceInput !== true;
}

export function defaultOf(spec: InputSpec): unknown {
  return newValue.get(spec.widgetType)?.(spec);
}

function newChoice(spec: InputSpec): unknown {
  const { options, choices } = spec;
  if (options.remote !== undefined && !choices?.length) return options.default || 'Loading...';
  if (options.multiselect === true) return options.default ?? [];
  return options.default || choices?.[0];
}

/** The keys of a dynamic combo's options. */
export function optionKeys(spec: InputSpec): unknown[] {
  const list = Array.isArray(spec.options.options) ? (spec.options.options as unknown[]) : [];
  return list.map((option) =>
    typeof option === 'object' && option !== null ? (option as { key?: unknown }).key : undefined,
  );
}
