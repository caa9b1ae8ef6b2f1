import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../../../test/support/processor-time.js';
import type { Graph } from '../graph/graph.js';
import { readClassSchema } from './object-schema.js';
import { validatePrompt, type ValidationContext } from './validate-prompt.js';

const models = Array.from({ length: 10_000 }, (_, index) => `model-${index}.safetensors`);
const classes = new Map(
  Object.entries({
    Step: { input: { required: { n: ['INT', { max: 10 }] }, optional: { from: ['X'] } }, output: ['X'] },
    Save: { input: { required: { from: ['X'] } }, output: ['X'], output_node: true },
    Load: { input: { required: { model: [models, {}] } }, output: ['X'] },
  }).map(([name, info]) => [name, readClassSchema(info)]),
);
const context: ValidationContext = {
  schemaOf: (name) => classes.get(name),
  isUpload: () => false,
  fileExists: () => false,
};
const step = (n: number, from?: string) => ({
  class_type: 'Step',
  inputs: { n, ...(from !== undefined && { from: [from, 0] }) },
});
const save = (from: string) => ({ class_type: 'Save', inputs: { from: [from, 0] } });

/** A chain, and as many outputs at its end. */
function comb(length: number, first: number): Graph {
  const graph: Record<string, Graph[string]> = { c0: step(first) };
  for (let at = 1; at < length; at += 1) graph[`c${at}`] = step(1, `c${at - 1}`);
  for (let at = 0; at < length; at += 1) graph[`o${at}`] = save(`c${length - 1}`);
  return graph;
}

describe('validatePrompt', () => {
  it('names for each fault the outputs that depend on it, and runs the others', () => {
    const graph = { a: step(11), b: step(1, 'a'), c: step(1), x: save('b'), y: save('c'), z: save('a') };
    const checked = validatePrompt(graph, undefined, context);
    expect(checked).toMatchObject({ ok: true, outputs: ['y'] });
    expect(checked.nodeErrors).toMatchObject({ a: { dependent_outputs: ['x', 'z'], class_type: 'Step' } });
    expect(Object.keys(checked.nodeErrors)).toEqual(['a']);
  });

  it('agrees with a walk from each output on any graph', () => {
    const nodes = fc.array(fc.record({ n: fc.constantFrom(1, 11), back: fc.nat(5), isSave: fc.boolean() }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(nodes, (list) => {
        const graph: Record<string, Graph[string]> = { n0: step(list[0]?.n ?? 1) };
        for (const [at, { n, back, isSave }] of list.entries())
          if (at > 0)
            graph[`n${at}`] = isSave
              ? save(`n${Math.max(0, at - 1 - back)}`)
              : step(n, `n${Math.max(0, at - 1 - back)}`);
        const saves = Object.keys(graph).filter((id) => graph[id]?.class_type === 'Save');
        const checked = validatePrompt(graph, undefined, context);
        const bad = (id: string): boolean => Number(graph[id]?.inputs.n ?? 0) > 10 || upOf(id).some(bad);
        const upOf = (id: string): string[] => {
          const from = graph[id]?.inputs.from;
          return Array.isArray(from) ? [String(from[0])] : [];
        };
        expect(checked.ok ? checked.outputs : []).toEqual(saves.filter((id) => !bad(id)));
        for (const { dependent_outputs } of Object.values(checked.nodeErrors))
          for (const output of dependent_outputs) expect(bad(output)).toBe(true);
      }),
    );
  });

  it('takes time that grows with nodes and links: a comb of 10,000, good or bad', () => {
    const tookMs = processorMs(() => {
      expect(validatePrompt(comb(10_000, 1), undefined, context)).toMatchObject({ ok: true });
      const refused = validatePrompt(comb(10_000, 11), undefined, context);
      expect(refused.ok).toBe(false);
      expect(Object.keys(refused.nodeErrors)).toEqual(['c0']);
    });
    expect(tookMs).toBeLessThan(4_000);
  });

  it('takes time that grows with targets and choices', () => {
    const targets = Array.from({ length: 300_000 }, (_, index) => `none${index}`);
    const graph = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [
        [`l${at}`, { class_type: 'Load', inputs: { model: 'model-9999.safetensors' } }],
        [`s${at}`, save(`l${at}`)],
      ]).flat(),
    ) as Graph;
    const tookMs = processorMs(() => {
      validatePrompt(comb(1_000, 1), [...targets, 'o5'], context);
      expect(validatePrompt(graph, undefined, context)).toMatchObject({ ok: true, nodeErrors: {} });
    });
    expect(tookMs).toBeLessThan(4_000);
  });

  it('says no long list of choices again for each fault', () => {
    const graph = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [
        [`l${at}`, { class_type: 'Load', inputs: { model: at % 2 ? 'none' : ['c', 0] } }],
        [`s${at}`, save(`l${at}`)],
      ]).flat(),
    ) as Graph;
    const { nodeErrors } = validatePrompt({ ...graph, c: step(1) }, undefined, context);
    expect(Object.keys(nodeErrors)).toHaveLength(500);
    expect(JSON.stringify(nodeErrors).length).toBeLessThan(500_000);
  });
});

describe('as a real server says it', () => {
  const more = new Map(
    Object.entries({
      List: { input: { required: {} }, output: [['a', 'b']] },
      Combo: { input: { required: {} }, output: ['COMBO'] },
      Any: { input: { required: {} }, output: ['IMAGE,*'] },
      Out: {
        input: {
          optional: {
            old: [['a', 'b'], {}],
            latest: ['COMBO', { options: ['a'] }],
            x: ['X'],
            n: ['INT', {}],
            mask: ['STRING', { image_upload: true }],
            picture: ['COMBO', { options: [], image_upload: true }],
          },
        },
        output: [],
        output_node: true,
      },
    }).map(([name, info]) => [name, readClassSchema(info)]),
  );
  const node = (class_type: string, inputs: Record<string, unknown> = {}) => ({ class_type, inputs });
  const judged = (inputs: Record<string, unknown>, from = 'List') => {
    const { nodeErrors } = validatePrompt({ a: node(from), o: node('Out', inputs) }, undefined, {
      schemaOf: (name) => more.get(name),
      isUpload: (_, input) => input === 'mask' || input === 'picture',
      fileExists: () => false,
    });
    return Object.values(nodeErrors).flatMap(({ errors }) => errors);
  };
  const types = (inputs: Record<string, unknown>, from?: string) =>
    judged(inputs, from).map(({ type }) => type);

  it('a list of choices feeds a choice, but what is told as a choice feeds no list', () => {
    expect(types({ old: ['a', 0], latest: ['a', 0] }, 'List')).toEqual([]);
    expect(types({ latest: ['a', 0] }, 'Combo')).toEqual([]);
    expect(types({ old: ['a', 0] }, 'Combo')).toEqual(['return_type_mismatch']);
  });

  it('any type among others fits', () => {
    expect(types({ x: ['a', 0] }, 'Any')).toEqual([]);
    expect(types({ x: ['a', 0] }, 'Combo')).toEqual(['return_type_mismatch']);
  });

  it('a file that is text is opened when it runs', () => {
    expect(types({ mask: '' })).toEqual([]);
    expect(types({ mask: 'painter/gone.png [temp]' })).toEqual([]);
    expect(types({ picture: 'gone.png' })).toEqual(['custom_validation_failed']);
  });

  it('a slot that is not there hides the other faults of an output', () => {
    expect(judged({ x: ['a', 3], n: 'x' })).toEqual([
      {
        type: 'exception_during_validation',
        message: 'Exception when validating node',
        details: 'tuple index out of range',
        extra_info: { exception_type: 'IndexError', traceback: [] },
      },
    ]);
  });

  it('a long text that is no integer is cut', () => {
    const [fault] = judged({ n: 'x'.repeat(500) });
    expect(fault?.extra_info['exception_message']).toBe(
      `invalid literal for int() with base 10: '${'x'.repeat(199)}`,
    );
  });
});
