import { describe, expect, it } from 'vitest';
import { canonicalSteps, inventoryFrom } from './inventory.js';
import objectInfo from './object-info.fixture.json' with { type: 'json' };
import { atOnce } from '../../../comfyui/domain/index.js';

const oneClass = (required: Record<string, unknown>, optional: Record<string, unknown> = {}) =>
  inventoryFrom({ Sample: { input: { required, optional }, output_node: false } }).classes['Sample'];

const option = (key: string, codecs: string[]) => ({
  key,
  inputs: { required: { codec: ['COMBO', { options: codecs }] }, optional: {} },
});

describe('inventoryFrom a recorded server', () => {
  const { classes } = inventoryFrom(objectInfo);

  it('keeps every class, which of them are outputs, and what each demands', () => {
    expect(Object.keys(classes)).toHaveLength(Object.keys(objectInfo).length);
    expect(classes['VHS_VideoCombine']).toMatchObject({
      outputNode: true,
      required: [
        'filename_prefix',
        'format',
        'frame_rate',
        'images',
        'loop_count',
        'pingpong',
        'save_output',
      ],
    });
    expect(classes['CLIPTextEncode']).toEqual({
      outputNode: false,
      choices: {},
      required: ['clip', 'text'],
      uploadInputs: [],
    });
  });

  it('reads the legacy array and the COMBO encoding alike', () => {
    expect(classes['VAELoader']?.choices['vae_name']).toEqual(['pixel_space', 'wan_2.1_vae.safetensors']);
    expect(classes['LatentCut']?.choices['dim']).toEqual(['t', 'x', 'y']);
    expect(classes['ImageResizeKJ']?.choices['crop']).toContain(0);
  });

  it('keeps upload inputs apart from choices, flagged or well known', () => {
    expect(classes['LoadImage']).toMatchObject({ uploadInputs: ['image'], choices: {} });
    expect(classes['LoadVideo']).toMatchObject({ uploadInputs: ['file'], choices: {} });
    expect(classes['VHS_LoadVideo']?.uploadInputs).toEqual(['video']);
  });
});

describe('inventoryFrom', () => {
  it('holds the values of a remote combo for unknown, and those of an empty one for none', () => {
    const remote = oneClass({ file: ['COMBO', { remote: { route: '/files' } }], model: [[]] });
    expect(remote?.choices).toEqual({ file: null, model: [] });
  });

  it('keeps multi-select choices as single values', () => {
    expect(
      oneClass({ tags: ['COMBO', { multiselect: true, options: ['b', 'a'] }] })?.choices['tags'],
    ).toEqual(['a', 'b']);
  });

  it('takes the keys of a dynamic combo, and the combos behind any key by their dotted names', () => {
    const dynamic = oneClass({
      format: [
        'COMFY_DYNAMICCOMBO_V3',
        { options: [option('mp4', ['h264', 'auto']), option('webm', ['vp9', 'auto'])] },
      ],
    });
    expect(dynamic?.choices).toEqual({ format: ['mp4', 'webm'], 'format.codec': ['auto', 'h264', 'vp9'] });
  });

  it('does not demand groups of sockets that grow as needed', () => {
    expect(oneClass({ images: ['COMFY_AUTOGROW_V3', {}], mode: ['STRING'] })?.required).toEqual(['mode']);
  });

  it('leaves out what makes no sense and keeps the rest', () => {
    const inventory = inventoryFrom({
      Bad: null,
      Worse: [],
      Odd: { input: { required: { x: 5, y: [] } } },
      Good: {},
    });
    expect(Object.keys(inventory.classes)).toEqual(['Good', 'Odd']);
    expect(inventoryFrom('<html>')).toEqual({ classes: {} });
  });

  it('treats class names that collide with object members as plain names', () => {
    const inventory = inventoryFrom(JSON.parse('{"__proto__":{"output_node":true},"constructor":{}}'));
    expect(Object.keys(inventory.classes)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['outputNode']).toBeUndefined();
  });

  it('gives one canonical text whatever the order of classes, inputs and files', () => {
    const left = { A: { input: { required: { m: [['a', 'b']], n: [['x']] } } }, B: {} };
    const right = {
      B: {},
      A: { input: { required: { n: ['COMBO', { options: ['x'] }], m: [['b', 'a']] } } },
    };
    const canonical = (info: unknown): string => atOnce(canonicalSteps(inventoryFrom(info)));
    expect(canonical(left)).toBe(canonical(right));
  });
});
