import { describe, expect, it } from 'vitest';
import { inventoryFrom } from './inventory.js';
import objectInfo from './object-info.fixture.json' with { type: 'json' };
import { inputTestsOf, unionOf } from './union.js';

const loader = (spec: unknown, required: Record<string, unknown> = {}) =>
  inventoryFrom({ Loader: { input: { required: { name: spec, ...required } } } });

describe('unionOf', () => {
  it('has the classes of any node, and the combos that any of them declares', () => {
    const union = unionOf([
      loader([['Wan\\a.gguf']]),
      loader(['COMBO', { options: ['Wan/a.gguf', 'b.gguf'] }], { more: [['x']] }),
      inventoryFrom({ Other: {} }),
    ]);
    expect(union.classOf('Loader')?.combos).toEqual(new Set(['name', 'more']));
    expect(union.classOf('Other')).toBeDefined();
    expect(['Nobody', 'constructor', '__proto__'].map((name) => union.classOf(name))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('knows nothing without a class', () => {
    expect([unionOf([]).isEmpty, unionOf([inventoryFrom({})]).isEmpty]).toEqual([true, true]);
    expect(unionOf([inventoryFrom({}), loader([['a']])]).isEmpty).toBe(false);
  });

  it('demands an input only where every node does, whichever node comes first', () => {
    const nodes = [loader([['a']]), loader([['a']], { extra: ['INT'] })];
    expect(unionOf(nodes).classOf('Loader')?.required).toEqual(['name']);
    expect(unionOf(nodes.toReversed()).classOf('Loader')?.required).toEqual(['name']);
  });

  it('looks at the class that is asked for, once, however many there are', () => {
    const looks: string[] = [];
    const classes = new Proxy(loader([['a']]).classes, {
      get: (of, name) => {
        looks.push(String(name));
        return Reflect.get(of, name) as unknown;
      },
    });
    const union = unionOf([{ classes }, { classes }]);
    expect(looks).toEqual([]);
    expect(union.classOf('Loader')).toBe(union.classOf('Loader'));
    expect(looks).toEqual(['Loader', 'Loader']);
  });
});

describe('inputTestsOf', () => {
  const { isCombo, isUpload } = inputTestsOf(unionOf([inventoryFrom(objectInfo)]));

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
