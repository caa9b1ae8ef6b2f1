import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../comfyui/domain/index.js';
import { checkWorkflow } from '../check.js';
import type { Graph } from '../graph.js';
import { proposeManifest } from './propose.js';

const wan = parseJson(
  readFileSync(new URL('../../../../../workflows/wan2.2_i2v_14b_4.json', import.meta.url), 'utf8'),
) as Graph;
const nobody = () => undefined;
const text = { required: { text: ['STRING', { multiline: true }] } };
const classes: Record<string, unknown> = {
  CLIPTextEncode: { input: text, output: ['CONDITIONING'] },
  KSampler: {
    input: { required: { steps: ['INT', { min: 1, max: 100 }], seed: ['INT', {}] } },
    output: ['LATENT'],
  },
  EmptyLatentImage: { input: { required: { width: ['INT', { min: 16, max: 16384 }] } }, output: ['LATENT'] },
  ImageCrop: { input: { required: { width: ['INT', {}] } }, output: ['IMAGE'] },
  SaveImage: { input: { required: {} }, output: [], output_node: true },
  PreviewImage: { input: { required: {} }, output: [], output_node: true },
  LoadImage: {
    input: { required: { image: [['a.png'], { image_upload: true }] } },
    output: ['IMAGE', 'MASK'],
  },
};
const known = (nodeClass: string) => classes[nodeClass];

function proposed(graph: Graph, schemaOf = known) {
  const { manifest, guessed } = proposeManifest('w', graph, schemaOf);
  const checked = checkWorkflow({ name: 'w', manifest, graph });
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return {
    inputs: checked.definition.manifest.inputs,
    outputs: checked.definition.manifest.outputs,
    guessed,
  };
}

const node = (nodeClass: string, inputs: Record<string, unknown>, title?: string) => ({
  class_type: nodeClass,
  inputs,
  ...(title === undefined ? {} : { _meta: { title } }),
});

describe('a proposed manifest', () => {
  const graph: Graph = {
    '1': node('CLIPTextEncode', { text: 'a cat', clip: ['9', 0] }),
    '2': node('CLIPTextEncode', { text: 'ugly', clip: ['9', 0] }),
    '3': node('KSampler', {
      seed: 7,
      steps: 20,
      cfg: 8,
      positive: ['1', 0],
      negative: ['2', 0],
      latent_image: ['4', 0],
    }),
    '4': node('EmptyLatentImage', { width: 512, height: 640, batch_size: 1 }),
    '5': node('ImageCrop', { width: 99, image: ['6', 0] }),
    '6': node('LoadImage', { image: 'a.png' }),
    '7': node('SaveImage', { filename_prefix: 'out', images: ['5', 0] }),
    '8': node('PreviewImage', { images: ['5', 0] }),
    '9': node('CLIPLoader', { clip_name: 'x' }),
  };

  it('has prompts by what they lead to, files, seeds, sizes of what is made, steps and names', () => {
    const { inputs, outputs, guessed } = proposed(graph);
    expect(
      Object.entries(inputs).map(([name, { type, targets }]) => [
        name,
        type,
        targets.map((t) => `${t.node}.${t.field}`),
      ]),
    ).toEqual([
      ['prompt', 'string', ['1.text']],
      ['negative_prompt', 'string', ['2.text']],
      ['image', 'image', ['6.image']],
      ['seed', 'seed', ['3.seed']],
      ['width', 'integer', ['4.width']],
      ['height', 'integer', ['4.height']],
      ['steps', 'integer', ['3.steps']],
      ['cfg', 'integer', ['3.cfg']],
      ['filename_prefix', 'string', ['7.filename_prefix']],
    ]);
    expect(inputs.steps).toMatchObject({ default: 20, minimum: 1, maximum: 100 });
    expect(outputs).toMatchObject([{ node: '7', kind: 'image' }]);
    expect(guessed).toHaveLength(9);
    expect(guessed[1]).toEqual({ input: 'negative_prompt', why: 'its text is a negative prompt' });
  });

  it('takes the names that the author gave, in the conventions of all who have one', () => {
    const { inputs } = proposed({
      '1': node('CLIPTextEncode', { text: 'a', clip: ['9', 0] }, 'input:My subject!'),
      '2': node('ComfyUIDeployExternalText', {
        input_id: 'style',
        default_value: 'oil',
        display_name: 'Style',
      }),
      '3': node('CPackInputInt', { value: 3 }, 'count'),
      '4': node('ComfyUIDeployExternalText', { input_id: 'style', default_value: 'ink' }),
      '7': node('SaveImage', { images: ['1', 0] }),
      '9': node('CLIPLoader', { clip_name: 'x' }),
    });
    expect(Object.entries(inputs).map(([name, { targets }]) => [name, targets[0]!.field])).toEqual([
      ['My_subject_', 'text'],
      ['style', 'default_value'],
      ['count', 'value'],
      ['style_2', 'default_value'],
    ]);
  });

  it('passes every check for the shipped workflow, whether or not a node knows its classes', () => {
    const { inputs, outputs } = proposed(wan, nobody);
    expect(Object.keys(inputs)).toEqual(
      expect.arrayContaining(['prompt', 'negative_prompt', 'image', 'width', 'frames']),
    );
    expect(outputs).toMatchObject([{ kind: 'video' }]);
  });

  it('sets values that are equal together', () => {
    const sampler = node('KSampler', { seed: 5, steps: 20 });
    const { inputs } = proposed({ '1': sampler, '2': sampler, '3': node('SaveImage', { images: ['1', 0] }) });
    expect(inputs.seed?.targets).toHaveLength(2);
  });
});
