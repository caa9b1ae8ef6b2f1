import { describe, expect, it } from 'vitest';
import { inventoryFrom } from './inventory.js';
import objectInfo from './object-info.fixture.json' with { type: 'json' };
import { inputTestsOf, unionOf } from './union.js';

const loader = (spec: unknown, required: Record<string, unknown> = {}) =>
  inventoryFrom({ Loader: { input: { required: { name: spec, ...required } } } });

describe('unionOf', () => {
  it('has the classes of any node, with choices merged across encodings and separators', () => {
    const union = unionOf([
      loader([['Wan\\a.gguf']]),
      loader(['COMBO', { options: ['Wan/a.gguf', 'b.gguf'] }]),
      inventoryFrom({ Other: {} }),
    ]);
    expect(Object.keys(union.classes)).toEqual(['Loader', 'Other']);
    expect(union.classes['Loader']?.choices['name']).toEqual(['Wan/a.gguf', 'b.gguf']);
  });

  it('is the same whichever node comes first', () => {
    const nodes = [loader([['b']]), loader([['a']], { extra: ['INT'] })];
    expect(unionOf(nodes)).toEqual(unionOf(nodes.toReversed()));
  });

  it('knows no values of an input that one node does not list', () => {
    expect(unionOf([loader([['a']]), loader(['COMBO', {}])]).classes['Loader']?.choices['name']).toBeNull();
  });

  it('demands an input only where every node does', () => {
    expect(
      unionOf([loader([['a']]), loader([['a']], { extra: ['INT'] })]).classes['Loader']?.required,
    ).toEqual(['name']);
  });

  it('leaves the inventories it was made from as they were', () => {
    const left = loader([['a']]);
    const before = structuredClone(left);
    unionOf([left, loader([['b']])]);
    expect(left).toEqual(before);
  });
});

describe('inputTestsOf', () => {
  const { isCombo, isUpload } = inputTestsOf(inventoryFrom(objectInfo));

  it('tells combos from other inputs, and what no schema declares from both', () => {
    expect(isCombo('KSamplerAdvanced', 'sampler_name')).toBe(true);
    expect(isCombo('CLIPTextEncode', 'text')).toBe(false);
    expect(isCombo('VHS_VideoCombine', 'pix_fmt')).toBeUndefined();
    expect(isCombo('constructor', 'name')).toBeUndefined();
  });

  it('tells upload inputs', () => {
    expect(isUpload('LoadImage', 'image')).toBe(true);
    expect(isUpload('VAELoader', 'vae_name')).toBe(false);
    expect(isUpload('Nobody', 'image')).toBeUndefined();
  });
});
