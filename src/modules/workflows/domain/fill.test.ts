import * as fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { fillWorkflow } from './fill.js';
import { sampleDefinition } from './sample-workflow.fixture.js';
import { workUnitsOf } from './needs/work-units.js';

const definition = sampleDefinition();
const seedMaximum = 2n ** 64n - 1n;
const fill = (inputs: unknown, seed: (maximum: number) => number = () => 42) =>
  fillWorkflow(definition, inputs, { seed });
const given = { prompt: 'hi', image: { asset: 'abc' } };

function filled(inputs: unknown) {
  const result = fill(inputs);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result;
}

describe('a filled workflow', () => {
  it('has every input at every target, and defaults where none was given', () => {
    const { graph, params } = filled({ ...given, cfg: 2 });
    expect(graph['1']?.inputs['text']).toBe('hi');
    expect(graph['3']?.inputs).toMatchObject({ steps: 4, cfg: 2, tiled: false, seed: 42 });
    expect(graph['4']?.inputs['seed']).toBe(42);
    expect(params).toEqual({ ...given, cfg: 2, steps: 4, tiled: false, seed: 42 });
  });

  it("keeps the graph's own value of an optional input without a default", () => {
    expect(filled(given).graph['3']?.inputs['sampler']).toBe('euler');
    expect(filled({ ...given, sampler: 'heun' }).graph['3']?.inputs['sampler']).toBe('heun');
  });

  it('tells where uploads go', () => {
    expect(filled(given).imageInputs).toEqual([
      { name: 'image', node: '2', field: 'image', assetRef: 'abc' },
    ]);
  });

  it('leaves the definition as it was', () => {
    const before = structuredClone(definition.graph);
    filled({ ...given, steps: 9 });
    expect(definition.graph).toEqual(before);
  });

  it('draws a seed up to the largest allowed, and only when none is given', () => {
    const maxima: number[] = [];
    const seed = (maximum: number) => maxima.push(maximum);
    fill(given, seed);
    fill({ ...given, seed: 5 }, seed);
    expect(maxima).toEqual([2 ** 32 - 1]);
  });

  it('keeps every digit of a seed, as a bigint or parsed losslessly', () => {
    expect(filled({ ...given, seed: seedMaximum }).params['seed']).toBe(seedMaximum);
    expect(filled({ ...given, seed: new LosslessNumber('18446744073709551615') }).params['seed']).toBe(
      seedMaximum,
    );
  });

  it('is the same when filled again with its params', () => {
    const value = fc.record(
      {
        prompt: fc.string({ minLength: 1, maxLength: 10 }),
        image: fc.record({ asset: fc.string({ minLength: 1, maxLength: 64 }) }),
        steps: fc.integer({ min: 1, max: 20 }),
        cfg: fc.double({ min: 0.5, max: 10, noNaN: true }),
        tiled: fc.boolean(),
        sampler: fc.constantFrom('euler', 'heun'),
        seed: fc.bigInt({ min: 0n, max: seedMaximum }),
      },
      { requiredKeys: ['prompt', 'image'] },
    );
    fc.assert(
      fc.property(value, (inputs) => {
        const first = filled(inputs);
        expect(filled(first.params)).toEqual(first);
      }),
    );
  });

  it('knows its work', () => {
    expect(workUnitsOf(definition.manifest, filled({ ...given, steps: 7 }).params)).toBe(7);
  });
});

describe('inputs that do not fit are refused with field and reason', () => {
  const cases: [string, unknown, { field: string; reason: string }][] = [
    ['a missing input', { image: given.image }, { field: 'prompt', reason: 'missing' }],
    ['an unknown input', { ...given, stepz: 1 }, { field: 'stepz', reason: 'unknown' }],
    ['a number as text', { ...given, steps: '4' }, { field: 'steps', reason: 'type' }],
    ['a fraction for an integer', { ...given, steps: 4.5 }, { field: 'steps', reason: 'type' }],
    ['null', { ...given, steps: null }, { field: 'steps', reason: 'type' }],
    ['a number under its bound', { ...given, steps: 0 }, { field: 'steps', reason: 'too_small' }],
    ['a number over its bound', { ...given, cfg: 10.1 }, { field: 'cfg', reason: 'too_big' }],
    ['not a number', { ...given, cfg: Number.NaN }, { field: 'cfg', reason: 'type' }],
    ['an empty text', { ...given, prompt: '' }, { field: 'prompt', reason: 'too_small' }],
    ['a text too long', { ...given, prompt: 'x'.repeat(11) }, { field: 'prompt', reason: 'too_big' }],
    ['no option', { ...given, sampler: 'nope' }, { field: 'sampler', reason: 'value' }],
    ['an upload without its asset', { ...given, image: {} }, { field: 'image.asset', reason: 'missing' }],
    ['a file name for an upload', { ...given, image: 'a.png' }, { field: 'image', reason: 'type' }],
    ['a negative seed', { ...given, seed: -1 }, { field: 'seed', reason: 'too_small' }],
    ['a seed over 64 bits', { ...given, seed: 2n ** 64n }, { field: 'seed', reason: 'too_big' }],
    ['a seed that has lost digits', { ...given, seed: 2 ** 60 }, { field: 'seed', reason: 'too_big' }],
    ['inputs that are no object', 'hi', { field: '', reason: 'type' }],
  ];

  it.each(cases)('%s', (_, inputs, fault) => {
    expect(fill(inputs)).toEqual({ ok: false, faults: [expect.objectContaining(fault)] });
  });

  it('keys that collide with object members', () => {
    const inputs: unknown = JSON.parse(
      '{"prompt":"hi","image":{"asset":"a"},"constructor":1,"__proto__":{"steps":3}}',
    );
    const result = fill(inputs);
    expect(result.ok ? [] : result.faults.map(({ reason }) => reason)).not.toEqual([]);
  });

  it('tells all faults at once', () => {
    const result = fill({ steps: 0, cfg: 99, stepz: 1 });
    expect(result.ok ? [] : result.faults.map(({ field }) => field).toSorted()).toEqual([
      'cfg',
      'image',
      'prompt',
      'steps',
      'stepz',
    ]);
  });
});
