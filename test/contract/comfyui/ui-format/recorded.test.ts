/** Our conversion against the real editor's, file by file. */
import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson, toPlain } from '../../../../src/modules/comfyui/index.js';
import {
  convert,
  differences,
  goldenFiles,
  largerRecording,
  type Recorded,
  recordedCases,
  recordedSchema,
} from './recorded.js';
import type { ConvertedGraph, SchemaOf } from '../../../../src/modules/comfyui/index.js';

const schemaOf = recordedSchema();

/** Where we are not the editor's equal, and why. */
const otherOnPurpose = new Map([
  ['links-as-objects-0.4', 'we read both encodings of links; the editor loses every link'],
  ['no-version', 'we read links whatever the version; the editor loses every link'],
  ['subgraph-nested-muted', 'a muted subgraph inside a subgraph is muted; the editor runs its nodes'],
  [
    'subgraph-nested-bypassed',
    'a bypassed subgraph inside a subgraph is bypassed; the editor runs its nodes',
  ],
  ['values-object', 'values by name are read on every node; the editor takes the defaults on a core node'],
  ['missing-class', 'a class that nobody has is a fault that names it; the editor makes half a graph'],
  ['missing-class-html', 'the same'],
  ['subgraph-missing-def', 'a subgraph that the file lacks is a fault that names it'],
]);

/** The editor has no answer: what ours is. */
const ownAnswers: Record<string, (answer: ReturnType<typeof convert>) => unknown> = {
  'cyclic-bypass': (answer) => [graphOf(answer)['3']?.inputs, answer.ok && answer.problems[0]?.code],
  'link-no-source': (answer) => [graphOf(answer)['2']?.inputs, answer.ok && answer.problems[0]?.code],
  'links-null-entry': (answer) => graphOf(answer)['2']?.inputs,
  'node-proto-id': codes,
  'subgraph-passthrough': (answer) => graphOf(answer)['3']?.inputs,
  'subgraph-recursive': codes,
  'subgraph-missing-def': codes,
  'missing-class': codes,
  'missing-class-html': codes,
};

describe('the small cases', () => {
  const cases = recordedCases();
  const withAnswer = cases.filter(({ name, api, unstable }) => api && !unstable && !otherOnPurpose.has(name));

  it.each(withAnswer.map((recorded) => [recorded.name, recorded] as const))('%s', (_, { ui, api }) => {
    expect(differences(graphOf(convert(ui, schemaOf)), api!)).toEqual([]);
  });

  it('are all looked at', () => {
    const others = cases.filter((recorded) => !withAnswer.includes(recorded)).map(({ name }) => name);
    const known = [...otherOnPurpose.keys(), ...Object.keys(ownAnswers), 'load-3d', 'webcam'];
    expect(cases).toHaveLength(179);
    expect(new Set(others)).toEqual(new Set(known));
  });

  it('differ from the editor only as told', () => {
    const answers = cases
      .filter(({ name }) => name in ownAnswers)
      .map(({ name, ui }) => [name, ownAnswers[name]!(convert(ui, schemaOf))]);
    expect(Object.fromEntries(answers)).toEqual({
      'cyclic-bypass': [{ filename_prefix: 'x' }, 'link_ring'],
      'link-no-source': [{}, 'link_without_source'],
      'links-null-entry': { image: ['1', 0] },
      'node-proto-id': ['unusable_id'],
      'subgraph-passthrough': { filename_prefix: 'x', images: ['1', 0] },
      'subgraph-recursive': ['recursive_subgraph'],
      'subgraph-missing-def': ['missing_subgraph'],
      'missing-class': ['missing_class'],
      'missing-class-html': ['missing_class'],
    });
  });

  it('keep every digit of a seed', () => {
    const text =
      '{"nodes":[{"id":3,"type":"RandomNoise","widgets_values":[18446744073709551615,"fixed"]}],"links":[]}';
    expect(stringifyJson(graphOf(convert(parseJson(text), schemaOf))['3']?.inputs)).toBe(
      '{"noise_seed":18446744073709551615}',
    );
  });

  it('take over what the editor would fill with a camera, and say so', () => {
    for (const recorded of cases.filter(({ unstable }) => unstable)) {
      const answer = convert(recorded.ui, schemaOf);
      expect(answer.ok && answer.problems.map(({ code }) => code)).toContain('needs_the_editor');
    }
  });
});

/** Files whose answer is not the editor's, with the reason. */
const knownDifferences = new Map([
  [
    '3d_pixal3d_trellis2_image_to_model',
    'the editor’s camera rounds the 16th digit of its own position anew',
  ],
  ['api_flux2', 'the editor loses the fourth of four links of a growing input'],
]);

describe('the public workflows', () => {
  it('equal the editor’s answer in at least 99 of 100', () => {
    const { total, different } = compare(goldenFiles(), schemaOf);
    expect(total).toBe(360);
    expect([...different.keys()].toSorted()).toEqual([...knownDifferences.keys()].toSorted());
    expect((total - different.size) / total).toBeGreaterThanOrEqual(0.99);
  });

  it('cost at most 50 ms each', () => {
    const largest = goldenFiles().toSorted(
      (a, b) => JSON.stringify(b.ui).length - JSON.stringify(a.ui).length,
    );
    const times = largest.slice(0, 3).map(({ ui }) => Math.min(...[1, 2, 3, 4, 5].map(() => timed(ui))));
    expect(Math.max(...times)).toBeLessThan(50);
  });

  const larger = largerRecording(process.env['UI_FORMAT_FIXTURES']);
  it.skipIf(larger === undefined)('of UI_FORMAT_FIXTURES equal it too, or name what is missing', () => {
    const { files, schemaOf: classes } = larger!;
    const answered = files.filter(({ api }) => api);
    const { unusable, different } = compare(answered, classes);
    for (const [name, { ui }] of unusable) {
      const answer = convert(ui, classes);
      expect(answer.ok, name).toBe(false);
    }
    const usable = answered.length - unusable.size;
    expect((usable - different.size) / usable).toBeGreaterThanOrEqual(0.98);
  });
});

function compare(files: Recorded[], classes: SchemaOf) {
  const different = new Map<string, string[]>();
  const unusable = new Map<string, Recorded>();
  const kinds = new Map<string, { files: number; equal: number }>();
  for (const recorded of files) {
    const answer = convert(recorded.ui, classes);
    if (!answer.ok) {
      unusable.set(recorded.name, recorded);
      continue;
    }
    const found = differences(answer.graph, recorded.api!);
    if (found.length > 0) different.set(recorded.name, found);
    const kind = kinds.get(kindOf(recorded)) ?? { files: 0, equal: 0 };
    kinds.set(kindOf(recorded), { files: kind.files + 1, equal: kind.equal + (found.length === 0 ? 1 : 0) });
  }
  tell(kinds, different, unusable.size);
  return { total: files.length, different, unusable };
}

function tell(
  kinds: Map<string, { files: number; equal: number }>,
  different: Map<string, string[]>,
  unusable: number,
) {
  const rows = [...kinds].map(([kind, { files, equal }]) => `${kind}: ${equal} of ${files} equal`);
  const others = [...different].map(([name, [first]]) => `  ${name}: ${first?.slice(0, 160)}`);
  console.log([...rows, `with classes that nobody has: ${unusable}`, ...others].join('\n'));
}

function kindOf({ ui }: Recorded): string {
  const text = JSON.stringify(toPlain(ui));
  if (text.includes('"proxyWidgets":[[')) return 'subgraphs with proxied widgets';
  return text.includes('"subgraphs":[{') ? 'subgraphs' : 'no subgraph';
}

function timed(ui: unknown): number {
  const started = performance.now();
  convert(ui, schemaOf);
  return performance.now() - started;
}

function graphOf(answer: ReturnType<typeof convert>): ConvertedGraph {
  if (!answer.ok) throw new Error(answer.faults.map(({ message }) => message).join('; '));
  return answer.graph;
}

function codes(answer: ReturnType<typeof convert>): string[] {
  return answer.ok ? [] : answer.faults.map(({ code }) => code);
}
