import { describe, expect, it } from 'vitest';
import { inputsOfNode } from './dynamic-inputs.js';
import { readClassSchema } from './object-schema.js';

const growing = (template: object) => ['COMFY_AUTOGROW_V3', { template }];
const choice = (...options: [string, object][]) => [
  'COMFY_DYNAMICCOMBO_V3',
  { options: options.map(([key, required]) => ({ key, inputs: { required } })) },
];

/** `name` of what may stand, `name!` of what must. */
function inputsOf(input: object, given: object): string[] {
  const inputs = inputsOfNode(readClassSchema({ input })!, given as Record<string, unknown>);
  return inputs.map(({ name, required }) => (required ? `${name}!` : name));
}

describe('the inputs of a node', () => {
  const model = choice(
    ['fast', { seed: ['INT', {}] }],
    ['good', { size: choice(['small', { side: ['INT', {}] }], ['large', {}]) }],
  );

  it('are those of its class, and those that its choice brings, to any depth', () => {
    const input = { required: { text: ['STRING', {}], model } };
    expect(inputsOf(input, {})).toEqual(['text!']);
    expect(inputsOf(input, { model: 'none such' })).toEqual(['text!']);
    expect(inputsOf(input, { model: ['1', 0] })).toEqual(['text!']);
    expect(inputsOf(input, { model: 'fast' })).toEqual(['text!', 'model.seed!']);
    expect(inputsOf(input, { model: 'good' })).toEqual(['text!']);
    expect(inputsOf(input, { model: 'good', 'model.size': 'small' })).toEqual(['text!', 'model.size.side!']);
  });

  it('are the members of a group that must be there, and the others that are', () => {
    const member = { required: { image: ['IMAGE', {}] } };
    const input = { required: { images: growing({ input: member, prefix: 'image', min: 2, max: 5 }) } };
    expect(inputsOf(input, {})).toEqual(['images.image0!', 'images.image1!']);
    expect(inputsOf(input, { 'images.image3': ['1', 0], 'images.image9': ['1', 0] })).toEqual([
      'images.image0!',
      'images.image1!',
      'images.image3',
    ]);
    const named = { required: { of: growing({ input: member, names: ['a', 'b', 3], min: 1 }) } };
    expect(inputsOf(named, { 'of.b': ['1', 0] })).toEqual(['of.a!', 'of.b']);
    const optional = {
      required: { of: growing({ input: { optional: { x: ['INT'] } }, prefix: 'x', min: 3, max: 3 }) },
    };
    expect(inputsOf(optional, {})).toEqual([]);
  });

  it('are called by their own names in messages', () => {
    const schema = readClassSchema({ input: { required: { model } } })!;
    expect(inputsOfNode(schema, { model: 'fast' })).toEqual([
      { name: 'model.seed', label: 'seed', required: true, config: ['INT', {}] },
    ]);
  });

  it('are few and found at once when a server lies about its groups', () => {
    const member = { required: { image: ['IMAGE', {}] } };
    const endless = { of: growing({ input: member, prefix: 'x', min: 1e9, max: 1e9 }) };
    expect(inputsOf({ required: endless }, {})).toHaveLength(100);
    let deep: object = { end: ['INT'] };
    for (let depth = 0; depth < 1_000; depth += 1) deep = { a: choice(['a', deep]) };
    const given = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, depth) => [
        Array(depth + 1)
          .fill('a')
          .join('.'),
        'a',
      ]),
    );
    expect(inputsOf({ required: deep }, given)).toEqual([]);
    for (const options of [null, 3, [], {}, { options: 3 }, { template: { input: 3 } }])
      for (const type of ['COMFY_DYNAMICCOMBO_V3', 'COMFY_AUTOGROW_V3', 'COMFY_DYNAMICSLOT_V3'])
        expect(inputsOf({ required: { x: [type, options] } }, { x: 'a' })).toEqual([]);
  });
});
