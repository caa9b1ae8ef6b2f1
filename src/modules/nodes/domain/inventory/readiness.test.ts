import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requirementsOf, type Graph } from '../../../workflows/domain/index.js';
import { inventoryFrom, type Inventory } from './inventory.js';
import objectInfo from './object-info.fixture.json' with { type: 'json' };
import { readinessOf, respell, type SpellingPolicy } from './readiness.js';
import { inputTestsOf, unionOf } from './union.js';

const recorded = inventoryFrom(objectInfo);
const wanGraph: Graph = JSON.parse(
  readFileSync(new URL('../../../../../workflows/wan2.2_i2v_14b_4.json', import.meta.url), 'utf8'),
);

const loader = (value: unknown): Graph => ({
  '1': { class_type: 'UnetLoaderGGUF', inputs: { unet_name: value } },
});
const nodeWith = (...files: string[]): Inventory =>
  inventoryFrom({ UnetLoaderGGUF: { input: { required: { unet_name: [files] } } } });
const judge = (value: string, files: string[], policy?: SpellingPolicy) =>
  readinessOf(requirementsOf(loader(value)), nodeWith(...files), policy);

describe('readinessOf', () => {
  it('finds the recorded server ready for the Wan workflow, with and without the schemas at hand', () => {
    const { isCombo, isUpload } = inputTestsOf(unionOf([recorded]));
    expect(readinessOf(requirementsOf(wanGraph, isCombo, isUpload), recorded).ready).toBe(true);
    expect(readinessOf(requirementsOf(wanGraph), recorded).ready).toBe(true);
  });

  it('names every missing class once, and the files that no other class lists', () => {
    const bare = inventoryFrom({ ...objectInfo, UnetLoaderGGUF: undefined, ImageResizeKJv2: undefined });
    const readiness = readinessOf(requirementsOf(wanGraph), bare);
    expect(readiness).toMatchObject({
      ready: false,
      missing: {
        classes: ['ImageResizeKJv2', 'UnetLoaderGGUF'],
        models: [
          { class: 'UnetLoaderGGUF', value: 'Wan2.2-I2V-A14B-HighNoise-Q8_0.gguf' },
          { class: 'UnetLoaderGGUF', value: 'Wan2.2-I2V-A14B-LowNoise-Q8_0.gguf' },
        ],
      },
    });
  });

  it('tells missing models from LoRAs, each with the nearest name the node has', () => {
    const graph = structuredClone(wanGraph);
    graph['68']!.inputs['unet_name'] = 'Wan2.2-I2V-A14B-HighNoise-Q6_K.gguf';
    graph['81']!.inputs['lora_name'] = 'unrelated.safetensors';
    expect(readinessOf(requirementsOf(graph), recorded)).toMatchObject({
      ready: false,
      missing: {
        models: [
          {
            class: 'UnetLoaderGGUF',
            input: 'unet_name',
            value: 'Wan2.2-I2V-A14B-HighNoise-Q6_K.gguf',
            nearest: 'Wan2.2-I2V-A14B-HighNoise-Q8_0.gguf',
          },
        ],
        loras: [{ class: 'LoraLoaderModelOnly', input: 'lora_name', value: 'unrelated.safetensors' }],
      },
    });
  });

  it('names a missing version-dependent choice, type-sensitively', () => {
    const graph: Graph = {
      '1': { class_type: 'ImageResizeKJ', inputs: { crop: '0' } },
      '2': { class_type: 'KSamplerAdvanced', inputs: { sampler_name: 'eular' } },
    };
    const { isCombo } = inputTestsOf(unionOf([recorded]));
    expect(readinessOf(requirementsOf(graph, isCombo), recorded)).toMatchObject({
      missing: {
        choices: [
          { class: 'ImageResizeKJ', input: 'crop', value: '0' },
          { class: 'KSamplerAdvanced', input: 'sampler_name', value: 'eular', nearest: 'euler' },
        ],
      },
    });
  });

  it('names inputs that this version of a class demands and the graph does not give', () => {
    const stricter = inventoryFrom({
      UnetLoaderGGUF: { input: { required: { unet_name: [['a.gguf']], dtype: ['STRING'] } } },
    });
    expect(readinessOf(requirementsOf(loader('a.gguf')), stricter)).toMatchObject({
      missing: { inputs: [{ class: 'UnetLoaderGGUF', input: 'dtype' }], models: [] },
    });
  });

  it('ignores inputs filled by upload and accepts values of remote combos', () => {
    const graph: Graph = {
      '1': { class_type: 'LoadImage', inputs: { image: 'nobody-has-this.png' } },
      '2': { class_type: 'Remote', inputs: { file: 'x.safetensors' } },
    };
    const inventory = inventoryFrom({
      LoadImage: objectInfo.LoadImage,
      Remote: { input: { required: { file: ['COMBO', { remote: {} }] } } },
    });
    expect(readinessOf(requirementsOf(graph), inventory).ready).toBe(true);
  });
});

const spelled = (spelling: string) => ({ ready: true, spelling: [expect.objectContaining({ spelling })] });

describe("a file's spelling", () => {
  it('is equal whichever separator either side uses', () => {
    expect(judge('Wan/high.gguf', ['Wan\\high.gguf'], 'separators')).toMatchObject(spelled('Wan\\high.gguf'));
    expect(judge('Wan\\high.gguf', ['Wan/high.gguf'], 'separators')).toMatchObject(spelled('Wan/high.gguf'));
  });

  it('may differ in case when one file alone fits, and the policy allows it', () => {
    expect(judge('wan/HIGH.gguf', ['Wan/high.gguf'], 'case')).toMatchObject(spelled('Wan/high.gguf'));
    expect(judge('wan/HIGH.gguf', ['Wan/high.gguf', 'WAN/high.gguf']).ready).toBe(false);
    expect(judge('wan/HIGH.gguf', ['Wan/high.gguf'], 'separators').ready).toBe(false);
  });

  it('may differ in directory when one file alone has that base name, and the policy allows it', () => {
    expect(judge('high.gguf', ['Wan/high.gguf', 'low.gguf'])).toMatchObject(spelled('Wan/high.gguf'));
    expect(judge('high.gguf', ['a/high.gguf', 'b/high.gguf']).ready).toBe(false);
    expect(judge('high.gguf', ['Wan/high.gguf'], 'case').ready).toBe(false);
  });

  it('prefers the exact name to any other', () => {
    expect(judge('a.gguf', ['A.gguf', 'x/a.gguf', 'a.gguf'])).toMatchObject(spelled('a.gguf'));
  });
});

const letter = fc.constantFrom('a', 'A', 'b', 'c');
const file = fc
  .array(fc.string({ unit: letter, minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom('/', '\\').map((separator) => `${parts.join(separator)}.gguf`));
const policies = ['separators', 'case', 'basename'] as const;
const files = fc.array(file, { maxLength: 8 });
const baseNameOf = (path: string) => path.split(/[\\/]/).at(-1)?.toLowerCase();

describe('properties', () => {
  it('adding a file never makes a ready graph unready', () => {
    fc.assert(
      fc.property(file, files, file, (value, has, added) => {
        const allows = baseNameOf(added) === baseNameOf(value) ? (['separators'] as const) : policies;
        const lost = allows.filter(
          (policy) => judge(value, has, policy).ready && !judge(value, [...has, added], policy).ready,
        );
        expect(lost).toEqual([]);
      }),
    );
  });

  it('a looser policy never makes a ready graph unready', () => {
    fc.assert(
      fc.property(file, files, (value, has) => {
        const ready = policies.map((policy) => judge(value, has, policy).ready);
        expect(ready).toEqual(ready.toSorted((left, right) => Number(left) - Number(right)));
      }),
    );
  });

  it("a respelled graph uses the node's own names, and is ready there under the strictest policy", () => {
    fc.assert(
      fc.property(file, files, (value, has) => {
        const graph = loader(value);
        const readiness = readinessOf(requirementsOf(graph), nodeWith(...has));
        if (!readiness.ready) return;
        const own = respell(graph, readiness.spelling);
        expect(has).toContain(own['1']?.inputs['unet_name']);
        expect(readinessOf(requirementsOf(own), nodeWith(...has), 'separators').ready).toBe(true);
      }),
    );
  });

  it('the nearest name is one the node has', () => {
    fc.assert(
      fc.property(file, files, (value, has) => {
        const readiness = judge(value, has);
        const nearest = readiness.ready ? undefined : readiness.missing.models[0]?.nearest;
        expect([undefined, ...has]).toContain(nearest);
      }),
    );
  });
});

describe('respell', () => {
  it('changes file choices alone and leaves the given graph as it was', () => {
    const graph: Graph = {
      ...loader('Wan/high.gguf'),
      '2': { class_type: 'CLIPTextEncode', inputs: { text: 'Wan/high.gguf', clip: ['1', 0] } },
    };
    const before = structuredClone(graph);
    const spelling = [
      { class: 'UnetLoaderGGUF', input: 'unet_name', value: 'Wan/high.gguf', spelling: 'Wan\\high.gguf' },
    ];
    const own = respell(graph, spelling);
    expect(own['1']?.inputs['unet_name']).toBe('Wan\\high.gguf');
    expect(own['2']).toEqual(before['2']);
    expect(graph).toEqual(before);
  });

  it('reaches into wrapped lists', () => {
    const spelling = [
      { class: 'UnetLoaderGGUF', input: 'unet_name', value: 'a/b.gguf', spelling: 'a\\b.gguf' },
    ];
    const own = respell(loader({ __value__: ['a/b.gguf', 'c.gguf'] }), spelling);
    expect(own['1']?.inputs['unet_name']).toEqual({ __value__: ['a\\b.gguf', 'c.gguf'] });
  });
});
