import { describe, expect, it } from 'vitest';
import { atOnce } from '../../comfyui/domain/index.js';
import { mergeSteps } from './merge-object-info.js';

const mergeObjectInfo = (documents: readonly string[]) => atOnce(mergeSteps(documents));

const loader = (files: string[]): string =>
  `{"Loader": {"input": {"required": {"name": [${JSON.stringify(files)}, {"tooltip": "x"}], "mode": [["b", "a"]]}}}}`;

describe('mergeSteps', () => {
  it('keeps the bytes of a class on which the nodes agree', () => {
    const text =
      '{"K": {"input": {"required": {"seed": ["INT", {"max": 18446744073709551615, "cfg": 8.0}]}}}}';
    expect(mergeObjectInfo([text, text]).get('K')).toBe(text.slice(6, -1));
  });

  it('gives a class the files of all nodes, sorted and with forward slashes', () => {
    const merged =
      mergeObjectInfo([loader(['z.safetensors']), loader(['sub\\a.safetensors'])]).get('Loader') ?? '';
    expect(merged).toContain('["sub/a.safetensors", "z.safetensors"]');
  });

  it('keeps the order of other lists, whose first choice is the default', () => {
    expect(
      mergeObjectInfo([loader(['a.pt']), loader(['b.pt']).replace('"a"', '"c"')]).get('Loader'),
    ).toContain('["b", "a", "c"]');
  });

  it('has the classes of every node, whatever encoding of combos they use', () => {
    const [old, ported] = [
      '{"C": {"input": {"required": {"m": [["a.pt"], {}]}}}}',
      '{"C": {"input": {"required": {"m": ["COMBO", {"options": ["b.pt"]}]}}}, "D": {}}',
    ];
    expect([...mergeObjectInfo([ported, old]).keys()]).toEqual(['C', 'D']);
    expect(mergeObjectInfo([ported, old]).get('C')).toContain('{"options": ["a.pt", "b.pt"]}');
  });

  it('never shows the folder in which uploads are placed, whether nodes agree or not', () => {
    const files = ['comfymux', 'comfymux/ab.png', 'comfymux\\ab.png', 'mine', 'comfymux2.png'];
    for (const documents of [[loader(files)], [loader(files), loader(['other'])]]) {
      const text = mergeObjectInfo(documents).get('Loader') ?? '';
      expect(text).toContain('"mine"');
      expect(text).toContain('"comfymux2.png"');
      expect(text).not.toMatch(/"comfymux("|\/|\\)/);
    }
  });
});
