/**
 * Graphs as clients send them, and what every door must say of each: it runs, or is refused for this reason, in ComfyUI's type of
 * error (`runs` where it does). `there.png` is uploaded; the nodes have the models of the Wan workflow and `sub/style.safetensors`.
 */
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { wanGraph } from '../../support/v1.js';

export const models = { ...wanModelFiles, checkpoints: ['sub/style.safetensors'] };
export const uploaded = 'there.png';

type Graph = Record<string, unknown>;
export interface Case {
  what: string;
  graph: unknown;
  says: string;
}

const node = (class_type: string, inputs: object, more: object = {}) => ({ class_type, inputs, ...more });
const empty = (inputs: object = {}) =>
  node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0, ...inputs });
const save = (from: unknown, more: object = {}) =>
  node('SaveImage', { images: [from, 0], filename_prefix: 'x' }, more);
const picture = (inputs: object = {}): Graph => ({ 1: empty(inputs), 2: save('1') });
const load = (image: unknown): Graph => ({ 1: node('LoadImage', { image }), 2: save('1') });
const chain = (length: number): Graph =>
  Object.fromEntries(
    Array.from({ length }, (_, at) => [
      `n${at}`,
      at === 0
        ? empty()
        : at === length - 1
          ? save(`n${at - 1}`)
          : node('ImageInvert', { image: [`n${at - 1}`, 0] }),
    ]),
  );
const sampled = (inputs: object): Graph => {
  const graph = samplingGraph() as Record<string, { inputs: object }>;
  return { ...graph, 5: { ...graph['5'], inputs: { ...graph['5']!.inputs, ...inputs } } };
};
const nested = (depth: number): unknown => (depth === 0 ? 1 : { deeper: nested(depth - 1) });

const resized = (inputs: object): Graph => ({
  1: empty(),
  2: node('ResizeImageMaskNode', { input: ['1', 0], scale_method: 'area', ...inputs }),
  3: save('2'),
});
const batched = (inputs: object): Graph => ({ 1: empty(), 2: node('BatchImagesNode', inputs), 3: save('2') });

const good: [string, unknown][] = [
  ['a picture', picture()],
  ['a preview', { 1: empty(), 2: node('PreviewImage', { images: ['1', 0] }) }],
  ['two outputs', { ...picture(), 3: save('1') }],
  ['a node that leads nowhere', { ...picture(), 3: empty() }],
  ['a wrong value in a node that leads nowhere', { ...picture(), 3: empty({ width: 'x' }) }],
  ['one output that can run beside one that cannot', { ...picture(), 3: empty({ width: 0 }), 4: save('3') }],
  ['an integer as text', picture({ width: '8' })],
  ['an integer as a float', picture({ width: 8.7 })],
  ['an integer as a boolean', picture({ batch_size: true })],
  ['the smallest value', picture({ width: 1 })],
  ['the largest value', picture({ width: 16_384, height: 1 })],
  ['a value in a wrapper', picture({ width: { __value__: 8 } })],
  ['an input that the class does not have', picture({ colour: 'red' })],
  ['another input that is null', picture({ colour: null })],
  ['titles and other keys', { 1: { ...empty(), _meta: { title: 'First' }, is_changed: 'x' }, 2: save('1') }],
  ['a title that is no text', { 1: { ...empty(), _meta: { title: 3 } }, 2: save('1') }],
  ['words as ids', { 'a node': empty(), end: save('a node') }],
  ['an id of a subgraph', { '12:3': empty(), 4: save('12:3') }],
  ['a chain', chain(20)],
  ['four hundred nodes', chain(400)],
  ['an uploaded file', load(uploaded)],
  ['an uploaded file with its folder', load(`${uploaded} [input]`)],
  ['sampling', samplingGraph()],
  ['a seed of 64 bits', sampled({ seed: 18_446_744_073_709_552_000 - 4096 })],
  [
    'text of any language',
    { ...samplingGraph(), 3: node('CLIPTextEncode', { text: 'Zürich\n湖 🏞', clip: ['2', 0] }) },
  ],
  ['empty text', { ...samplingGraph(), 3: node('CLIPTextEncode', { text: '', clip: ['2', 0] }) }],
  ['the slashes of Windows', { ...checkpoint('sub\\style.safetensors') }],
  ['the slashes of others', { ...checkpoint('sub/style.safetensors') }],
  ['the workflow of the original service', wanGraph(uploaded)],
  ['what a choice brings', resized({ resize_type: 'scale by multiplier', 'resize_type.multiplier': 2 })],
  ['a choice of inputs that nobody has, which fails when it runs', resized({ resize_type: 'by guess' })],
  ['no choice of inputs, which fails when it runs', resized({})],
  [
    'what another choice would bring',
    resized({
      resize_type: 'scale by multiplier',
      'resize_type.multiplier': 2,
      'resize_type.longer_size': -1,
    }),
  ],
  [
    'a choice that the user wrote',
    {
      ...samplingGraph(),
      3: node('CLIPTextEncode', { text: ['20', 0], clip: ['2', 0] }),
      20: node('CustomCombo', { choice: 'model.safetensors', index: 0, option1: 'model.safetensors' }),
    },
  ],
  [
    'a mask that nobody painted',
    { 1: node('Painter', { mask: '', width: 64, height: 64, bg_color: '#000000' }), 2: save('1') },
  ],
  ['a group that grew', batched({ 'images.image0': ['1', 0], 'images.image7': ['1', 0] })],
  [
    'one picture for two nodes',
    { ...load(uploaded), 3: node('LoadImage', { image: uploaded }), 4: save('3') },
  ],
];

const bad: [string, unknown, string][] = [
  ['nothing', {}, 'prompt_no_outputs'],
  ['no output', { 1: empty() }, 'prompt_no_outputs'],
  ['a node that is text', { 1: 'x', 2: save('1') }, 'invalid_prompt'],
  ['a node that is a list', { 1: [], 2: save('1') }, 'invalid_prompt'],
  ['a node that is null', { 1: null, 2: save('1') }, 'invalid_prompt'],
  ['a node without a class', { 1: { inputs: {} }, 2: save('1') }, 'missing_node_type'],
  ['a class that is a number', { 1: { class_type: 5, inputs: {} }, 2: save('1') }, 'missing_node_type'],
  ['no inputs', { 1: { class_type: 'EmptyImage' }, 2: save('1') }, 'invalid_prompt'],
  ['inputs that are a list', { 1: { class_type: 'EmptyImage', inputs: [] }, 2: save('1') }, 'invalid_prompt'],
  ['a class that nobody has', { 1: node('NobodyMadeThis', {}), 2: save('1') }, 'missing_node_type'],
  [
    'such a class in a node that leads nowhere',
    { ...picture(), 3: node('NobodyMadeThis', {}) },
    'missing_node_type',
  ],
  ['a link to nowhere', { 2: save('9') }, 'invalid_prompt'],
  ['a link to a number', { 1: empty(), 2: save(1) }, 'invalid_prompt'],
  [
    'a slot below 0',
    { 1: empty(), 2: node('SaveImage', { images: ['1', -1], filename_prefix: 'x' }) },
    'invalid_prompt',
  ],
  [
    'half a slot',
    { 1: empty(), 2: node('SaveImage', { images: ['1', 0.5], filename_prefix: 'x' }) },
    'invalid_prompt',
  ],
  ['a link in a wrapper', picture({ width: { __value__: ['1', 0] } }), 'invalid_prompt'],
  [
    'a node that feeds itself',
    { 1: node('ImageInvert', { image: ['1', 0] }), 2: save('1') },
    'dependency_cycle',
  ],
  [
    'two that feed each other, and nobody else',
    {
      ...picture(),
      3: node('ImageInvert', { image: ['4', 0] }),
      4: node('ImageInvert', { image: ['3', 0] }),
    },
    'dependency_cycle',
  ],
  ['a value too deep', picture({ colour: nested(110) }), 'invalid_prompt'],
  ['an id too long', { ['n'.repeat(300)]: empty(), 2: save('n'.repeat(300)) }, 'invalid_prompt'],
  ['too many nodes', chain(5_001), 'invalid_prompt'],
  [
    'a slot that the class does not have',
    { 1: empty(), 2: node('SaveImage', { images: ['1', 4], filename_prefix: 'x' }) },
    'exception_during_validation',
  ],
  [
    'an input that is missing',
    { 1: node('EmptyImage', { width: 8 }), 2: save('1') },
    'required_input_missing',
  ],
  [
    'an input that a choice brings and that is missing',
    resized({ resize_type: 'scale by multiplier' }),
    'required_input_missing',
  ],
  [
    'a value too large for what a choice brings',
    resized({ resize_type: 'scale by multiplier', 'resize_type.multiplier': 9 }),
    'value_bigger_than_max',
  ],
  [
    'a choice that nobody has among what a choice brings',
    resized({
      resize_type: 'scale dimensions',
      'resize_type.width': 8,
      'resize_type.height': 8,
      'resize_type.crop': 'left',
    }),
    'value_not_in_list',
  ],
  ['a group without its first member', batched({ 'images.image1': ['1', 0] }), 'required_input_missing'],
  [
    'a member of a group from a wrong output',
    {
      ...batched({ 'images.image0': ['4', 0] }),
      4: node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 }),
    },
    'return_type_mismatch',
  ],
  ['text for an integer', picture({ width: 'wide' }), 'invalid_input_type'],
  ['null for an integer', picture({ width: null }), 'invalid_input_type'],
  ['a value too small', picture({ width: 0 }), 'value_smaller_than_min'],
  ['a value too large', picture({ width: 16_385 }), 'value_bigger_than_max'],
  ['a choice that nobody has', sampled({ sampler_name: 'guessing' }), 'value_not_in_list'],
  ['a model that nobody has', samplingGraph({ model: 'missing.gguf' }), 'value_not_in_list'],
  [
    'a LoRA that nobody has',
    wanGraph(uploaded, { '81.lora_name': 'missing.safetensors' }),
    'value_not_in_list',
  ],
  ['a file that nobody has', load('missing.png'), 'custom_validation_failed'],
  ['a file outside the folder', load('../../etc/passwd'), 'custom_validation_failed'],
  [
    'a latent for a picture',
    { 1: node('EmptyLatentImage', { width: 8, height: 8, batch_size: 1 }), 2: save('1') },
    'return_type_mismatch',
  ],
  ['a list for a value', picture({ width: [1, 2, 3] }), 'bad_linked_input'],
];

function checkpoint(name: string): Graph {
  return {
    ...samplingGraph(),
    1: node('CheckpointLoaderSimple', { ckpt_name: name }),
  };
}

export const cases: Case[] = [
  ...good.map(([what, graph]) => ({ what, graph, says: 'runs' })),
  ...bad.map(([what, graph, says]) => ({ what, graph, says })),
];
