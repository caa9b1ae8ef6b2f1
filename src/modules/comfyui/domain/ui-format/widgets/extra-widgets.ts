/**
 * Widgets that the editor's own scripts add to a node and `/object_info` does not tell: they take places in
 * `widgets_values`. Facts of the editor 1.58 and of the packs as recorded; what is neither saved nor sent is left out.
 */
export interface ExtraWidget {
  name: string;
  value: unknown;
  /** Goes into the prompt too. */
  prompt?: boolean;
}

interface Extra {
  /** The widget before them; without it they are the node's last. */
  after?: string;
  widgets: ExtraWidget[];
}

const box = ['x', 'y', 'width', 'height'].map((name) => ({ name, value: 0 }));
const updateInputs: Extra = { widgets: [{ name: 'Update inputs', value: null, prompt: true }] };
const setAll: Extra = { widgets: [{ name: 'Set all', value: null, prompt: true }] };
const preview = (name: string): Extra => ({ widgets: [{ name, value: '' }] });
const seedButtons = ['🎲 Randomize Each Time', '🎲 New Fixed Random', 'USE_LAST_SEED'];
const rendered: Extra = { widgets: [{ name: 'image', value: '', prompt: true }] };

const byClass = new Map<string, Extra[]>([
  ['ImageCropV2', [{ after: 'crop_region', widgets: box }]],
  [
    'LoadImageOutput',
    [
      {
        after: 'image',
        widgets: [
          { name: 'Auto-refresh after generation', value: false },
          { name: 'refresh', value: 'refresh', prompt: true },
        ],
      },
    ],
  ],
  ['RecordAudio', [{ after: 'audio', widgets: [{ name: 'audio#1', value: '' }] }]],
  ['WebcamCapture', [{ widgets: [{ name: 'waiting for camera...', value: 'capture', prompt: true }] }]],
  [
    'Load3D',
    [
      {
        after: 'model_file',
        widgets: [
          { name: 'upload 3d model', value: 'upload3dmodel', prompt: true },
          { name: 'upload extra resources', value: 'uploadExtraResources', prompt: true },
          { name: 'clear', value: 'clear', prompt: true },
        ],
      },
    ],
  ],
  ['Preview3D', [rendered]],
  ['SaveGLB', [rendered]],
  ['CustomCombo', [{ after: 'choice', widgets: [{ name: 'index', value: -1, prompt: true }] }]],
  ...['ConditioningMultiCombine', 'MaskBatchMulti', 'CrossFadeImagesMulti', 'ImageAddMulti'].map(withUpdate),
  ...['ImageBatchMulti', 'ImageConcatMulti', 'TransitionImagesMulti', 'JoinStringMulti'].map(withUpdate),
  ['FastPreviewBatch', [preview('fast_preview_batch')]],
  ['ImageTransformKJ', [preview('crop_preview')]],
  ['HDRPreviewKJ', [preview('hdr_preview')]],
  ['ModelPreviewOverrideKJ', [preview('preview')]],
  [
    'SplineEditor',
    [
      {
        widgets: [
          { name: 'SplineEditor', value: '' },
          { name: 'editor_buttons', value: '' },
        ],
      },
    ],
  ],
  [
    'PointsEditor',
    [
      {
        widgets: [
          { name: 'PointsEditor', value: '' },
          { name: 'editor_buttons', value: '' },
        ],
      },
    ],
  ],
  [
    'SoundReactive',
    [
      {
        widgets: ['Start mic capture', 'Stop mic capture'].map((name) => ({
          name,
          value: null,
          prompt: true,
        })),
      },
    ],
  ],
  [
    'ScreencapStream',
    [
      {
        widgets: [
          { name: 'Start capture', value: null, prompt: true },
          { name: 'preview', value: '' },
          { name: 'Hide preview', value: null, prompt: true },
        ],
      },
    ],
  ],
  ['ContextWindowsVisualizerKJ', [preview('context_windows_viz')]],
  ['FluxBlockLoraSelect', [setAll]],
  ['HunyuanVideoBlockLoraSelect', [setAll]],
  ['Wan21BlockLoraSelect', [setAll]],
  ['LTX2BlockLoraSelect', [setAll]],
  ['Seed (rgthree)', [{ widgets: seedButtons.map((name) => ({ name, value: '' })) }]],
  ['Display Int (rgthree)', [{ widgets: [{ name: 'output', value: '', prompt: true }] }]],
  ['Display Any (rgthree)', [{ widgets: [{ name: 'output', value: '', prompt: true }] }]],
  [
    'Image Comparer (rgthree)',
    [{ widgets: [{ name: 'rgthree_comparer', value: { images: [] }, prompt: true }] }],
  ],
  [
    'Power Primitive (rgthree)',
    [
      {
        widgets: [
          { name: 'type', value: 'STRING', prompt: true },
          { name: 'value', value: '', prompt: true },
        ],
      },
    ],
  ],
  [
    'Power Puter (rgthree)',
    [
      {
        widgets: [
          { name: 'outputs', value: { outputs: ['STRING'] }, prompt: true },
          { name: 'code', value: '', prompt: true },
        ],
      },
    ],
  ],
  ['VHS_BatchManager', [{ widgets: [{ name: 'count', value: 0, prompt: true }] }]],
]);

export const extrasOf = (nodeClass: string): Extra[] => byClass.get(nodeClass) ?? [];

/** Inputs whose widgets a pack's script takes away: they are neither saved nor sent. */
export function isDropped(nodeClass: string, input: string): boolean {
  if (!/^(SDXL )?Power Prompt.*\(rgthree\)$/.test(nodeClass)) return false;
  return /^(insert|target|crop)_/.test(input);
}

function withUpdate(nodeClass: string): [string, Extra[]] {
  return [nodeClass, [updateInputs]];
}
